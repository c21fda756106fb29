/** Each kind of request costs exactly what the table says. A lower cost fails too, because the table would be wrong. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Budget } from "../../budgets/budgets.ts";
import { costOf, type Scenario } from "../../budgets/stage.ts";
import { startTally } from "../../budgets/tally.ts";
import { BUDGETS } from "./budgets.ts";
import { fillStore } from "./fill.ts";
import { reads } from "./reads.ts";
import { refusals } from "./refusals.ts";
import { writes } from "./writes.ts";

const tally = startTally();
const scenarios: Readonly<Record<keyof typeof BUDGETS, Readonly<Record<string, Scenario>>>> = {
  reads,
  refusals,
  // Last, because they change the store that the other costs are measured in.
  writes,
};

beforeAll(fillStore);

describe.each(Object.entries(scenarios))("%s", (group, ofGroup) => {
  const budgets: Readonly<Record<string, Budget>> = BUDGETS[group as keyof typeof BUDGETS].budgets; // a key of it

  it.each(Object.entries(ofGroup))("%s", async (request, scenario) => {
    expect(await costOf(scenario, tally)).toEqual(budgets[request]);
  });
});
