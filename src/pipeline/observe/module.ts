/** `Server-Timing` for staff: which parts of the platform a request called. */
import { defineModule } from "#core/contract/module.ts";
import { timingAbilities } from "./server-timing.ts";

export const timingModule = defineModule({ name: "timing", abilities: timingAbilities });
