/** Every text of every contract that people read follows the rule of visible text. */
import { z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import { plainly } from "#pipeline/idempotency/faults.ts";
import { endpoints } from "../../../src/modules.ts";

const DECEPTIVE = {
  "only an invisible character": "\u200b",
  "a filler": "\u3164",
  "a direction override": "Ada \u202eoneroM",
  "an isolate": "\u2066Ada\u2069",
  "a tag": "Ada\u{e0041}",
  "a lone mark": "\u0301Ada",
  "a noncharacter": "Ada\ufffe",
  "a line separator": "Ada\u2028Moreno",
};

/** The path of each text in a JSON value. */
function textsIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value === "string") return [[...path]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => textsIn(member, [...path, key]));
}

function withText(value: unknown, [key, ...rest]: readonly string[], text: string): unknown {
  if (key === undefined) return text;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? withText(item, rest, text) : item));
  const members = value as Readonly<Record<string, unknown>>; // a path leads only through objects and arrays
  return { ...members, [key]: withText(members[key], rest, text) };
}

/** A body that the schema accepts: the operation's example. For a patch, the example of the resource. */
function exampleOf({ contract }: (typeof endpoints)[number]): unknown {
  const { body, path } = contract;
  if (body?.kind !== "patch") return body?.example;
  const { success } = contract;
  const shown = success.kind === "resource" ? success.resource.example : {};
  const writable = Object.entries(shown).filter(([name]) => name in body.schema.shape);
  expect(writable.length, path).toBeGreaterThan(0);
  return Object.fromEntries(writable);
}

const bodies = endpoints
  .filter(({ contract }) => contract.body?.kind === "json" || contract.body?.kind === "patch")
  .filter(({ contract }) => contract.path.startsWith("/v1/"))
  .map((endpoint) => ({ endpoint, name: `${endpoint.contract.method} ${endpoint.contract.path}` }));

describe.each(bodies)("$name", ({ endpoint }) => {
  const { body } = endpoint.contract;
  const example = exampleOf(endpoint);

  it("accepts its example", () => {
    expect(body?.schema.safeParse(example, plainly).error).toBeUndefined();
  });

  // Ids, email addresses, enums and times refuse these texts by their own rules.
  it.each(Object.entries(DECEPTIVE))("refuses %s in each text", (_, text) => {
    for (const path of textsIn(example)) {
      const error = body?.schema.safeParse(withText(example, path, text), plainly).error;
      expect(error, path.join("/")).toBeInstanceOf(z.ZodError);
      expect(error?.issues.map((issue) => issue.path.join("/"))).toContain(path.join("/"));
    }
  });
});
