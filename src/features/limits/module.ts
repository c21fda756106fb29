/** Rate limits: callers read the state of their own, and operators change them. */
import { defineModule, type Module } from "#core/contract/module.ts";
import { limitAbilities } from "./operations/abilities.ts";
import { declareLimitEndpoints } from "./operations/endpoints.ts";

/** `operations` are those of all other modules, which can declare limits of their own. */
export function limitsModule(operations: Parameters<typeof declareLimitEndpoints>[0]): Module {
  return defineModule({
    name: "limits",
    endpoints: declareLimitEndpoints(operations),
    abilities: limitAbilities,
    tags: { Limits: "What each caller may use, and how much of it is left." },
  });
}
