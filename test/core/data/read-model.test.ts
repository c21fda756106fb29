import { env } from "cloudflare:workers";
import { z } from "@hono/zod-openapi";
import { beforeEach, describe, expect, it } from "vitest";
import { type ReadModelContext, readModel, writeModel } from "#core/data/read-model.ts";
import { startNamespace, type TestNamespace } from "../../support/namespace.ts";

const schema = z.strictObject({ names: z.array(z.string()) });
const value = { names: ["a", "b"] };
const NOW = Date.UTC(2026, 0, 31, 12);
const DAY_MS = 86_400_000;

let namespace: TestNamespace;
beforeEach(() => {
  namespace = startNamespace();
});

const at = (now: number) => ({ now, objects: { READ_MODELS: namespace.binding }, log: {} }) satisfies ReadModelContext;
const failureOf = ({ log }: ReadModelContext) => log["read_model.failure"];

describe("a read model in KV", () => {
  it("is read by its name from the real KV, with the time at which it was made", async () => {
    const context = { now: NOW, objects: env, log: {} };
    expect(await readModel(context, "names", schema)).toBeUndefined();
    await writeModel(context, "names", { value, madeAt: NOW - 5 }, 3600);
    expect(await readModel({ ...context, now: NOW + DAY_MS }, "names", schema)).toEqual({ value, madeAt: NOW - 5 });
    expect(await readModel(context, "others", schema)).toBeUndefined();
    expect(context.log).toEqual({});
  });

  it("is stored for the given time, and at least for the minimum of KV", async () => {
    await writeModel(at(NOW), "names", { value, madeAt: NOW }, 3600);
    expect(namespace.lastWrite()).toEqual({ expirationTtl: 3600 });
    await writeModel(at(NOW), "names", { value, madeAt: NOW }, 10);
    expect(namespace.lastWrite()).toEqual({ expirationTtl: 60 });
  });

  it.each([
    ["malformed JSON", "{"],
    ["an empty text", ""],
    ["null", "null"],
    ["a string", '"names"'],
    ["a value without a time", JSON.stringify({ value })],
    ["a time that is a string", JSON.stringify({ made_at: "2026", value })],
    ["a time that is null", '{"made_at":null,"value":{"names":[]}}'],
    ["a time without a value", JSON.stringify({ made_at: NOW })],
    ["a value of another form", JSON.stringify({ made_at: NOW, value: { names: [1] } })],
    ["a value with an unknown member", JSON.stringify({ made_at: NOW, value: { ...value, more: 1 } })],
    ["a value from the future", JSON.stringify({ made_at: NOW + 5_001, value })],
  ])("is undefined if it is %s, and the log reports it", async (_, text) => {
    namespace.values.set("names", text);
    const context = at(NOW);
    expect(await readModel(context, "names", schema)).toBeUndefined();
    expect(failureOf(context)).toBe("invalid");
  });

  it("is undefined if the plausibility check fails, and the log reports it", async () => {
    await writeModel(at(NOW), "names", { value, madeAt: NOW - 5 }, 3600);
    const asked: unknown[] = [];
    const judge = (isPlausible: boolean) => (model: unknown) => {
      asked.push(model);
      return isPlausible;
    };
    const [context, other] = [at(NOW), at(NOW)];
    expect(await readModel(context, "names", schema, judge(true))).toEqual({ value, madeAt: NOW - 5 });
    expect(await readModel(other, "names", schema, judge(false))).toBeUndefined();
    expect([failureOf(context), failureOf(other)]).toEqual([undefined, "invalid"]);
    expect(asked).toEqual([
      { value, madeAt: NOW - 5 },
      { value, madeAt: NOW - 5 },
    ]);
  });

  it("may come from a clock that is slightly ahead", async () => {
    await writeModel(at(NOW), "names", { value, madeAt: NOW + 5_000 }, 3600);
    expect(await readModel(at(NOW), "names", schema)).toEqual({ value, madeAt: NOW + 5_000 });
  });

  it.each(["error", "silence"] as const)(
    "is undefined while KV fails by %s, and the log reports it",
    async (failing) => {
      await writeModel(at(NOW), "names", { value, madeAt: NOW }, 3600);
      namespace.failing = failing;
      const context = at(NOW);
      expect(await readModel(context, "names", schema, undefined, 5)).toBeUndefined();
      expect(failureOf(context)).toBe("unavailable");
    },
  );
});
