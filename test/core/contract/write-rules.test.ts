/** Creation and both patch formats apply the same rules: a value that one refuses, the others refuse as well. */
import { describe, expect, it } from "vitest";
import type { Body, Endpoint } from "#core/contract/endpoint.ts";
import type { JsonObject, JsonValue } from "#core/http/json.ts";
import { isJsonObject } from "#core/http/json.ts";
import { Problem } from "#core/http/problem.ts";
import { plainly } from "#pipeline/idempotency/faults.ts";
import { applyPatch } from "#pipeline/validate/patch.ts";
import { endpoints } from "../../../src/modules.ts";

interface Pair {
  readonly name: string;
  readonly create: Body;
  readonly change: Body;
  /** A resource as a read returns it, and the members of it that creation accepts. */
  readonly shown: JsonObject;
  readonly input: JsonObject;
}

function pairOf(change: Endpoint): Pair[] {
  const { body, path, success } = change.contract;
  if (body?.kind !== "patch" || success.kind !== "resource") return [];
  const collection = path.replace(/\/(\{id\}|me)$/, "");
  const made = endpoints.find(({ contract }) => contract.method === "POST" && contract.path === collection);
  const created = made?.contract.body?.kind === "json" ? made.contract.body : undefined;
  // The API does not create users: their change is compared with its own schema.
  const create = created ?? body;
  const example = success.resource.example as JsonObject; // members of a representation are JSON by their schema
  const input = created === undefined ? membersOf(example, body) : (created.example as JsonObject);
  return [{ name: path, create, change: body, shown: { ...example, ...membersOf(input, body) }, input }];
}

function membersOf(value: JsonObject, body: Body): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name in body.schema.shape));
}

const pairs = endpoints.flatMap(pairOf);

it("covers every operation that changes a resource", () => {
  expect(pairs).toHaveLength(endpoints.filter(({ contract }) => contract.method === "PATCH").length);
});

const VALUES: readonly JsonValue[] = [
  null,
  true,
  false,
  -1,
  0,
  1.5,
  1e12,
  2 ** 53,
  "",
  " ",
  "x",
  " x",
  "a\nb",
  "\u200b",
  "x".repeat(201),
  "x".repeat(2001),
  "\u212aate@example.com",
  "2030-02-30T00:00:00.000Z",
  [],
  [null],
  [""],
  [{}],
  {},
  { nope: 1 },
  { amount: 1 },
  { amount: 1, currency: "USD", nope: 1 },
  { amount: 1, currency: "EUR" },
];

/** The value with each of its parts replaced by each of `VALUES`, and with a member that does not exist. */
function variants(value: JsonValue): JsonValue[] {
  const nested: JsonValue[] = Array.isArray(value)
    ? value.flatMap((item, index) => variants(item).map((variant) => value.with(index, variant)))
    : isJsonObject(value)
      ? Object.entries(value).flatMap(([name, member]) =>
          variants(member).map((variant) => ({ ...value, [name]: variant })),
        )
      : [];
  return [
    ...VALUES,
    ...nested,
    ...(isJsonObject(value)
      ? [
          { ...value, nope: 1 },
          { ...value, nope: null },
        ]
      : []),
  ];
}

function isAccepted(pair: Pair, patch: JsonValue, isJsonPatch: boolean): boolean {
  const { id } = pair.shown;
  const members = { ...pair.shown, id: String(id) };
  try {
    applyPatch(pair.change, { members, validator: { token: "1", modifiedAt: 0 }, version: 1 }, patch, isJsonPatch);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return false;
    throw error;
  }
}

/** In a merge patch, null only means removal, at any depth of objects. */
function hasNull(value: JsonValue): boolean {
  return value === null || (isJsonObject(value) && Object.values(value).some(hasNull));
}

describe.each(pairs)("$name", (pair) => {
  const { create, change, shown, input } = pair;
  const names = Object.keys(change.schema.shape);

  it("accepts the input of creation", () => {
    expect(create.schema.safeParse(input, plainly).error).toBeUndefined();
    expect(isAccepted(pair, {}, false)).toBe(true);
    expect(isAccepted(pair, [], true)).toBe(true);
  });

  it.each(names)("creation and both patch formats apply the same rules to %s", (name) => {
    const known = shown[name] ?? "x";
    for (const value of variants(known)) {
      const isCreated = create.schema.safeParse({ ...input, [name]: value }, plainly).success;
      const description = `${name}: ${JSON.stringify(value)}`;
      expect(isAccepted(pair, [{ op: "add", path: `/${name}`, value }], true), `JSON Patch ${description}`).toBe(
        isCreated,
      );
      // A merge patch keeps the existing members of an object. Only a replaced object compares with creation.
      const isMerged = isJsonObject(value) && isJsonObject(known);
      if (!isCreated && !hasNull(value) && !isMerged)
        expect(isAccepted(pair, { [name]: value }, false), description).toBe(false);
      if (isCreated && !hasNull(value)) expect(isAccepted(pair, { [name]: value }, false), description).toBe(true);
      if (isMerged && "nope" in value) expect(isAccepted(pair, { [name]: value }, false), description).toBe(false);
    }
  });

  it("refuses to set or remove an unknown member, at every depth", () => {
    for (const value of [null, 1, { nope: null }]) {
      expect(isAccepted(pair, { nope: value }, false)).toBe(false);
      for (const name of names.filter((candidate) => isJsonObject(shown[candidate]))) {
        expect(isAccepted(pair, { [name]: { nope: value } }, false), name).toBe(false);
        expect(isAccepted(pair, [{ op: "add", path: `/${name}/nope`, value }], true), name).toBe(false);
        expect(isAccepted(pair, [{ op: "remove", path: `/${name}/nope` }], true), name).toBe(false);
      }
    }
  });

  it("allows the removal of a member only if creation does not require it", () => {
    for (const name of names) {
      const { [name]: _, ...rest } = input;
      const isOptional = create.schema.safeParse(rest, plainly).success;
      const isOptionalLater = change.schema.safeParse(membersOf(rest, change), plainly).success;
      // A member with a default exists after creation, so it can be changed but not removed.
      const isDefault = isOptional && !isOptionalLater;
      expect(isAccepted(pair, { [name]: null }, false), name).toBe(isOptional && !isDefault);
      if (name in shown) {
        expect(isAccepted(pair, [{ op: "remove", path: `/${name}` }], true), name).toBe(isOptional && !isDefault);
      }
    }
  });
});
