/** A registry is the sum of its modules, and refuses two modules that declare the same thing. */
import type { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { defineModule, type Module, registryOf } from "#core/contract/module.ts";
import { PROBLEM_NAMES } from "#core/http/problem-types.ts";
import { PROTOCOL_SCOPES } from "#features/identity/server/scopes.ts";
import { endpoints, modulesWith, resources, scheduledTasks } from "../../../src/modules.ts";

const scope = { consent: "See cats.", description: "Read cats." };
const cats = defineModule({
  name: "cats",
  scopes: { "cats:write": { ...scope, roles: ["staff", "admin"] }, "cats:read": scope },
  tags: { Cats: "Cats." },
  scheduledTasks: { purr: async () => 1 },
});
const dogs = defineModule({
  name: "dogs",
  scopes: { "dogs:walk": scope },
  tags: { Dogs: "Dogs." },
  scheduledTasks: { bark: async () => 1 },
});

/** The scopes that a new credential can have, by the contract of the operation that creates it. */
function scopesIn(endpoints: readonly Endpoint[], operationId: string): unknown {
  const { schema } = endpoints.find(({ contract }) => contract.operationId === operationId)?.contract.body ?? {};
  return (schema?.shape["scopes"] as z.ZodArray<z.ZodEnum> | undefined)?.element.options; // as its contract declares
}

/** An endpoint that names a problem type of its own. */
function refusing(name: string): Endpoint {
  const own = { name, status: 418, title: "Hiss", retryable: false, cause: "", fix: "", detail: "" } as const;
  const found = endpoints.find(({ contract }) => contract.operationId === "readHealth") ?? endpoints[0];
  if (found === undefined) throw new Error("no endpoint");
  return { ...found, contract: { ...found.contract, problems: [own] } };
}

describe("registryOf", () => {
  it("has the problem types that endpoints name, and refuses two of one name", () => {
    const { problemTypes } = registryOf([{ name: "cats", endpoints: [refusing("hiss")] }]);
    expect(problemTypes.map(({ name }) => name)).toEqual([...PROBLEM_NAMES, "hiss"]);
    for (const name of ["hiss", "not-found"]) {
      const twice = { name: "lions", endpoints: [refusing("hiss"), refusing(name)] };
      expect(() => registryOf([twice])).toThrow(`the name ${name}`);
    }
  });

  it("combines the declarations of the modules", () => {
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
    ["scope cats:read", { name: "lions", scopes: { "cats:read": scope } }],
    ["scheduled task purr", { name: "lions", scheduledTasks: { purr: async () => 1 } }],
  ])("refuses a second %s", (what, module) => {
    expect(() => registryOf([cats, module])).toThrow(what);
  });
});

it("lists scopes of all roles first, then the others in the order of the modules", () => {
  expect(Object.keys(registryOf([cats, dogs]).scopes)).toEqual(["cats:read", "dogs:walk", "cats:write"]);
});

it.each(["cats read", "Cats:read", "cats:read:all", ""])("refuses %j as the name of a scope", (name) => {
  expect(() => registryOf([{ name: "lions", scopes: { [name]: scope } }])).toThrow(RangeError);
});

it("offers every scope of a module to API keys and clients", () => {
  const { endpoints, scopes } = registryOf(modulesWith([...resources, cats]));
  const names = Object.keys(scopes);
  expect(names).toEqual(expect.arrayContaining(["users:read", "users:write", "cats:read", "cats:write", "admin"]));
  expect(scopesIn(endpoints, "createApiKey")).toEqual(names);
  expect(scopesIn(endpoints, "createOauthClient")).toEqual([...PROTOCOL_SCOPES, ...names]);
});

it("refuses a module that declares a scope of the protocol", () => {
  const openid = defineModule({ name: "openid", scopes: { openid: scope } });
  expect(() => modulesWith([...resources, openid])).toThrow("the scope openid belongs to OAuth");
});

it("includes every scheduled task of the service", () => {
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
