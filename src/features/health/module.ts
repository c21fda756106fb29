/** Whether the service runs and can respond. */
import { defineModule } from "#core/contract/module.ts";
import { healthAbilities } from "./abilities.ts";
import { healthEndpoints } from "./endpoints.ts";

export const healthModule = defineModule({
  name: "health",
  endpoints: healthEndpoints,
  abilities: healthAbilities,
  tags: { Health: "Whether the service runs and can respond." },
});
