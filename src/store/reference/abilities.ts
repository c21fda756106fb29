/** Everybody reads and lists the categories and brands of products. Nobody writes them: they are what products have. */
import type { AbilityRules } from "#core/contract/ability.ts";

export const referenceAbilities: AbilityRules = (_principal, allow) => {
  allow(["read", "list"], "categories");
  allow(["read", "list"], "brands");
};
