/** Orders and the steps of their life. */
import { defineModule } from "#core/contract/module.ts";
import { orderAbilities } from "./abilities.ts";
import { orderEndpoints } from "./endpoints.ts";

export const ordersModule = defineModule({
  name: "orders",
  endpoints: orderEndpoints,
  abilities: orderAbilities,
  tags: { Orders: "Orders and their state. Owners place, pay and cancel them; staff ship and deliver them." },
});
