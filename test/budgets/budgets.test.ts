/** Each kind of request costs exactly what the table of budgets says. */
import { beforeAll, describe, expect, it } from "vitest";
import { BUDGETS, type Budget } from "./budgets.ts";
import { callers } from "./callers.ts";
import { costOf, insertActors, type Scenario } from "./stage.ts";
import { startTally } from "./tally.ts";

const tally = startTally();
const scenarios: Readonly<Record<keyof typeof BUDGETS, Readonly<Record<string, Scenario>>>> = {
  callers,
};

beforeAll(insertActors);

describe.each(Object.entries(scenarios))("%s", (group, ofGroup) => {
  const budgets: Readonly<Record<string, Budget>> = BUDGETS[group as keyof typeof BUDGETS].budgets; // a key of it

  it.each(Object.entries(ofGroup))("%s", async (request, scenario) => {
    expect(await costOf(scenario, tally)).toEqual(budgets[request]);
  });
});
