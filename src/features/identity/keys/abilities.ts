/** Only administrators read the states of the signing keys and rotate them. */
import type { AbilityRules } from "#core/contract/ability.ts";
import { administers } from "#core/contract/administration.ts";

export const SIGNING_KEYS = "signing keys";

export const signingKeyAbilities: AbilityRules = (principal, allow, request) => {
  if (administers(principal, request)) allow(["read", "rotate"], SIGNING_KEYS);
};
