/** The categories and brands of the catalogue, with product counts that are updated in the background. */
import { defineModule } from "#core/contract/module.ts";
import { referenceAbilities } from "./abilities.ts";
import { referenceEndpoints } from "./endpoints.ts";

export const referenceModule = defineModule({
  name: "reference",
  endpoints: referenceEndpoints,
  abilities: referenceAbilities,
});
