/** Every caller may read the overall health; only staff and admins may read the state of each dependency. */
import type { AbilityRules } from "#core/contract/ability.ts";

export const HEALTH_CHECKS = "health checks";

export const healthAbilities: AbilityRules = (principal, allow) => {
  if (principal.kind === "anonymous") return;
  if (principal.roles.includes("staff") || principal.roles.includes("admin")) allow("read", HEALTH_CHECKS);
};
