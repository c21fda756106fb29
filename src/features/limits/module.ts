/** Rate limits: what callers see of theirs, and what operators change. */
import { defineModule } from "#core/contract/module.ts";
import { limitAbilities } from "./abilities.ts";
import { limitEndpoints } from "./endpoints.ts";
import { operatorEndpoints } from "./operator-endpoints.ts";

export const limitsModule = defineModule({
  name: "limits",
  endpoints: [...limitEndpoints, ...operatorEndpoints],
  abilities: limitAbilities,
  tags: { Limits: "What each caller may use, and how much of it is left." },
});
