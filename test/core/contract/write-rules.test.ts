/** What may be set is one rule: a value that creation refuses is refused by both patch formats, and the other way round. */
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
  /** A resource as it is shown, and what of it creation takes. */
  readonly shown: JsonObject;
  readonly input: JsonObject;
}

function pairOf(change: Endpoint): Pair[] {
  const { body, path, success } = change.contract;
  if (body?.kind !== "patch" || success.kind !== "resource") return [];
  const collection = path.replace(/\/(\{id\}|me)$/, "");
  const made = endpoints.find(({ contract }) => contract.method === "POST" && contract.path === collection);
  const created = made?.contract.body?.kind === "json" ? made.contract.body : undefined;
  // Users are not created by the API: their change is held against its own schema.
  const create = created ?? body;
  const example = success.resource.example as JsonObject; // members of a representation are JSON by their schema
  const input = created === undefined ? membersOf(example, body) : (created.example as JsonObject);
  return [{ name: path, create, change: body, shown: { ...example, ...membersOf(input, body) }, input }];
}

function membersOf(value: JsonObject, body: Body): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name in body.schema.shape));
}

const pairs = endpoints.flatMap(pairOf);

it("knows every operation that changes a resource", () => {
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

/** The value with one place in it replaced by each of `VALUES`, and with a member that does not exist. */
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

function isTaken(pair: Pair, patch: JsonValue, isJsonPatch: boolean): boolean {
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

/** A merge patch has no null but as removal, at any depth of objects. */
function hasNull(value: JsonValue): boolean {
  return value === null || (isJsonObject(value) && Object.values(value).some(hasNull));
}

describe.each(pairs)("$name", (pair) => {
  const { create, change, shown, input } = pair;
  const names = Object.keys(change.schema.shape);

  it("starts from what creation takes", () => {
    expect(create.schema.safeParse(input, plainly).error).toBeUndefined();
    expect(isTaken(pair, {}, false)).toBe(true);
    expect(isTaken(pair, [], true)).toBe(true);
  });

  it.each(names)("%s is held to the same rules by creation and by both patch formats", (name) => {
    const known = shown[name] ?? "x";
    for (const value of variants(known)) {
      const isCreated = create.schema.safeParse({ ...input, [name]: value }, plainly).success;
      const told = `${name}: ${JSON.stringify(value)}`;
      expect(isTaken(pair, [{ op: "add", path: `/${name}`, value }], true), `JSON Patch ${told}`).toBe(isCreated);
      // What an object has is kept by a merge: only a whole other object stands for what creation gets.
      const isMerged = isJsonObject(value) && isJsonObject(known);
      if (!isCreated && !hasNull(value) && !isMerged) expect(isTaken(pair, { [name]: value }, false), told).toBe(false);
      if (isCreated && !hasNull(value)) expect(isTaken(pair, { [name]: value }, false), told).toBe(true);
      if (isMerged && "nope" in value) expect(isTaken(pair, { [name]: value }, false), told).toBe(false);
    }
  });

  it("refuses a member that does not exist, and the removal of one, at every depth", () => {
    for (const value of [null, 1, { nope: null }]) {
      expect(isTaken(pair, { nope: value }, false)).toBe(false);
      for (const name of names.filter((candidate) => isJsonObject(shown[candidate]))) {
        expect(isTaken(pair, { [name]: { nope: value } }, false), name).toBe(false);
        expect(isTaken(pair, [{ op: "add", path: `/${name}/nope`, value }], true), name).toBe(false);
        expect(isTaken(pair, [{ op: "remove", path: `/${name}/nope` }], true), name).toBe(false);
      }
    }
  });

  it("lets a member be removed exactly where creation does without it", () => {
    for (const name of names) {
      const { [name]: _, ...rest } = input;
      const isOptional = create.schema.safeParse(rest, plainly).success;
      const isOptionalLater = change.schema.safeParse(membersOf(rest, change), plainly).success;
      // What creation sets by default is there from then on, and is changed, not removed.
      const isDefault = isOptional && !isOptionalLater;
      expect(isTaken(pair, { [name]: null }, false), name).toBe(isOptional && !isDefault);
      if (name in shown) {
        expect(isTaken(pair, [{ op: "remove", path: `/${name}` }], true), name).toBe(isOptional && !isDefault);
      }
    }
  });
});
