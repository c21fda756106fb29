/** The products of the catalogue. */
import { defineModule } from "#core/contract/module.ts";
import { productAbilities } from "./abilities.ts";
import { productEndpoints } from "./endpoints.ts";

export const productsModule = defineModule({
  name: "products",
  endpoints: productEndpoints,
  abilities: productAbilities,
  scopes: {
    "products:write": {
      consent: "Add, change and remove products of the catalogue.",
      description: "Create, change and delete products. Staff only.",
      roles: ["staff", "admin"],
    },
  },
  tags: { Products: "The catalogue. Anyone can read it; staff change it." },
});
