/**
 * Anyone can read and list the categories and brands of products. They are derived from products, so no endpoint writes
 * them.
 */
import type { AbilityRules } from "#core/contract/ability.ts";

export const referenceAbilities: AbilityRules = (_principal, allow) => {
  allow(["read", "list"], "categories");
  allow(["read", "list"], "brands");
};
