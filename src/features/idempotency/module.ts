/** Effects of requests with an idempotency key are remembered for a day. */
import { defineModule } from "#core/contract/module.ts";
import { dropExpiredEffects } from "./effects.ts";

export const idempotencyModule = defineModule({
  name: "idempotency",
  scheduledTasks: { "idempotency effects": ({ database, now }) => dropExpiredEffects(database, now) },
});
