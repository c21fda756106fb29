/** The products of the catalogue. */
import { defineModule } from "#core/contract/module.ts";
import { productAbilities } from "./abilities.ts";
import { productEndpoints } from "./endpoints.ts";

export const productsModule = defineModule({
  name: "products",
  endpoints: productEndpoints,
  abilities: productAbilities,
  tags: { Products: "The catalogue. Anyone can read it; staff change it." },
});
