/** Everybody may know whether the service is well; staff and admins may know of each thing it depends on. */
import type { AbilityRules } from "#core/contract/ability.ts";

export const HEALTH_CHECKS = "health checks";

export const healthAbilities: AbilityRules = (principal, allow) => {
  if (principal.kind === "anonymous") return;
  if (principal.roles.includes("staff") || principal.roles.includes("admin")) allow("read", HEALTH_CHECKS);
};
