/** No string of the core or of a feature names something that a module of the store registers. */
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { Module } from "#core/contract/module.ts";
import { fieldsOf } from "#core/contract/resource.ts";
import { modules } from "../../../src/modules.ts";
import { stringLiteralsOf } from "../../support/string-literals.ts";

/** Actions and members that resources of any domain can have. */
const GENERIC = ["list", "read", "create", "update", "delete", "status"];

/** English phrases in which the name of a collection is another word. */
const OTHER_WORDS = /\b(?:email|IP|IPv4|IPv6) addresses\b/gi;

const storeModules: readonly Module[] = (
  await Promise.all(
    globSync("src/store/*/module.ts").map((file) => import(resolve(file)) as Promise<Record<string, Module>>),
  )
).flatMap((exported) => Object.values(exported));

const isOfStore = ({ name }: Module) => storeModules.some((module) => module.name === name);
const otherModules = modules.filter((module) => !isOfStore(module));
const known = new Set([...GENERIC, ...registeredBy(otherModules), ...membersOf(otherModules)]);
const forbidden = [...registeredBy(storeModules)].filter((name) => !known.has(name)).sort();

/** The collections, scopes, actions, filtered members, tags, schemas and problem types of the modules. */
function registeredBy(listed: readonly Module[]): Set<string> {
  const endpoints = listed.flatMap((module) => module.endpoints ?? []);
  return new Set([
    ...listed.flatMap(({ scopes = {}, tags = {} }) => [...Object.keys(scopes), ...Object.keys(tags)]),
    ...endpoints.flatMap(({ contract }) => contract.tag),
    ...endpoints.flatMap(({ policy: { access } }) => (access === "public" ? [] : [access.subject, access.action])),
    ...endpoints
      .flatMap(({ contract }) => contract.problems ?? [])
      .flatMap((type) => (typeof type === "string" ? [] : type.name)),
    ...endpoints.flatMap(resourceNames),
    ...endpoints.flatMap(({ contract }) => Object.keys(contract.query?.shape ?? {})).flatMap(filteredMember),
  ]);
}

function resourceNames({ contract: { success } }: Endpoint): string[] {
  return success.kind === "resource" || success.kind === "list"
    ? [success.resource.collection, success.resource.name]
    : [];
}

/** The members of all resources of the modules. */
function membersOf(listed: readonly Module[]): string[] {
  return listed
    .flatMap((module) => module.endpoints ?? [])
    .flatMap(({ contract: { success } }) => (success.kind === "resource" ? fieldsOf(success.resource) : []));
}

/** `filter[price][gte]` filters by `price`. */
function filteredMember(parameter: string): string[] {
  const member = /^filter\[(\w+)\]/.exec(parameter)?.[1];
  return member === undefined ? [] : [member];
}

/** Each occurrence of a name as a whole word in a string of the source, as `name in line 3: text`. */
function occurrences(source: string): string[] {
  return stringLiteralsOf(source).flatMap(({ line, text }) =>
    forbidden
      .filter((name) => new RegExp(`(?<!\\w)${RegExp.escape(name)}(?!\\w)`).test(text.replaceAll(OTHER_WORDS, "")))
      .map((name) => `${name} in line ${line}: ${text}`),
  );
}

describe("the check for names of the store", () => {
  it("looks for the names that the store registers", () => {
    expect(forbidden).toEqual(
      expect.arrayContaining([
        "orders",
        "Orders",
        "Order",
        "orders:write",
        "refund",
        "brand",
        "price",
        "categories",
        "out-of-stock",
      ]),
    );
    expect(forbidden).not.toEqual(expect.arrayContaining(["users"]));
    expect(forbidden).not.toEqual(expect.arrayContaining(["users:read"]));
    expect(forbidden).not.toEqual(expect.arrayContaining(["update"]));
  });

  it.each([
    ['const SETS = new Set(["fields", "filter[brand]"]);', ["brand"]],
    ['if (scope === "orders:write") return;', ["orders", "orders:write"]],
    [`const path = \`/v1/products/\${id}\`;`, ["products"]],
    [`const path = \`/v1/\${isOne ? \`brands/\${id}\` : 'brand'}\`;`, ["brands", "brand"]],
    ['const quotes = /["\']/; const tag = "Orders";', ["Orders"]],
    ['const detail = "Refund: POST /refund.";', ["refund"]],
  ])("finds names in %s", (source, found) => {
    expect(occurrences(source).map((text) => text.split(" ", 1)[0])).toEqual(found);
  });

  it.each([
    ['/** Such as "orders". */ const collection = "tickets"; // not "products"'],
    ['const detail = "The IP addresses or email addresses of a membership fee.";'],
    ["const orders = /orders/.test(products.price);"],
    ['const detail = "orderstatus, brand_new, shipping";'],
  ])("finds no name in %s", (source) => {
    expect(occurrences(source)).toEqual([]);
  });
});

it.each(globSync("src/{core,features}/**/*.ts").sort())("%s names nothing of the store", (file) => {
  expect(occurrences(readFileSync(file, "utf8"))).toEqual([]);
});
