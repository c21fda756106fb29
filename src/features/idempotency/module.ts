/** Stores the effects of requests with an idempotency key for one day. */
import { defineModule } from "#core/contract/module.ts";
import { dropExpiredEffects } from "./effects.ts";

export const idempotencyModule = defineModule({
  name: "idempotency",
  scheduledTasks: { "idempotency effects": ({ database, now }) => dropExpiredEffects(database, now) },
});
