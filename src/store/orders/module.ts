/** Orders and their transitions. */
import { defineModule } from "#core/contract/module.ts";
import { orderAbilities } from "./abilities.ts";
import { forgetOrders } from "./closing-queries.ts";
import { orderEndpoints } from "./endpoints.ts";
import { expireUnpaid } from "./expire.ts";

export const ordersModule = defineModule({
  name: "orders",
  endpoints: orderEndpoints,
  abilities: orderAbilities,
  scopes: {
    "orders:read": {
      consent: "See your orders.",
      description: "Read your orders. Staff also read the orders of others.",
    },
    "orders:write": {
      consent: "Place, pay for and cancel orders for you.",
      description: "Place, pay and cancel your orders. Staff also ship, deliver, cancel and refund orders of others.",
    },
  },
  minuteTasks: { "unpaid orders": ({ database, now }) => expireUnpaid({ database, now }) },
  eraseAccount: forgetOrders,
  tags: { Orders: "Orders and their state. Owners place, pay and cancel them; staff ship and deliver them." },
});
