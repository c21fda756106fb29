/** Only administrators may read, reset and change limits of others. */
import type { AbilityRules } from "#core/contract/ability.ts";
import { administers } from "#core/contract/administration.ts";

export const LIMITS = "limits";

export const limitAbilities: AbilityRules = (principal, allow, request) => {
  if (administers(principal, request)) allow(["read", "update"], LIMITS);
};
