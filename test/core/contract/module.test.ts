/** A registry is the sum of its modules, and refuses two modules that declare the same thing. */
import { describe, expect, it } from "vitest";
import { defineModule, type Module, registryOf } from "#core/contract/module.ts";
import { scheduledTasks } from "../../../src/modules.ts";

const cats = defineModule({ name: "cats", tags: { Cats: "Cats." }, scheduledTasks: { purr: async () => 1 } });
const dogs = defineModule({ name: "dogs", tags: { Dogs: "Dogs." }, scheduledTasks: { bark: async () => 1 } });

describe("registryOf", () => {
  it("adds up what the modules declare", () => {
    const { endpoints, abilities, tags, scheduledTasks: tasks } = registryOf([cats, dogs]);
    expect({ endpoints, abilities, tags, tasks: Object.keys(tasks) }).toEqual({
      endpoints: [],
      abilities: [],
      tags: { Cats: "Cats.", Dogs: "Dogs." },
      tasks: ["purr", "bark"],
    });
  });

  it.each<[string, Module]>([
    ["module cats", { name: "cats" }],
    ["tag Cats", { name: "lions", tags: { Cats: "Big cats." } }],
    ["scheduled task purr", { name: "lions", scheduledTasks: { purr: async () => 1 } }],
  ])("refuses a second %s", (what, module) => {
    expect(() => registryOf([cats, module])).toThrow(what);
  });
});

it("runs every task that the service had before it was a registry", () => {
  expect(Object.keys(scheduledTasks).toSorted()).toEqual([
    "idempotency effects",
    "mail links",
    "oauth artifacts",
    "passkey challenges",
    "revocations",
    "sign-ins",
    "signing keys",
    "snapshots",
  ]);
});
