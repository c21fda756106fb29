import { describe, expect, it } from "vitest";
import { problem } from "#core/http/problem.ts";
import { overloadProblemOf } from "#features/limits/overload/platform-overload.ts";

const wrapped = (cause: Error) => new Error("Failed query: select 1\nparams: ", { cause });
const flagged = (member: string) => Object.assign(new Error("internal error"), { [member]: true });

describe("an error of the platform", () => {
  it.each([
    ["D1, queued too long", wrapped(new Error("D1_ERROR: D1 DB is overloaded. Requests queued for too long."))],
    ["D1, queue full", new Error("D1_ERROR: D1 DB is overloaded. Too many requests queued.")],
    ["an object, by its words", wrapped(new Error("Durable Object is overloaded. Too many requests queued."))],
    ["an object, by its window", new Error("Durable Object is overloaded. Too many requests for the same object.")],
    ["an object, by its member", wrapped(flagged("overloaded"))],
    ["a record that could not be claimed", problem("service-unavailable", { cause: flagged("overloaded") })],
    ["both", Object.assign(flagged("overloaded"), { retryable: true })],
  ])("is overload: %s", (_, error) => {
    expect(overloadProblemOf(error)).toMatchObject({
      type: "temporary-reduced-capacity",
      headers: { "Retry-After": "5" },
    });
  });

  it.each([
    ["by its member", wrapped(flagged("retryable"))],
    [
      "D1, reset",
      wrapped(new Error("D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.")),
    ],
    ["a lost connection", new Error("Network connection lost.")],
    ["an object, updated", new Error("Durable Object reset because its code was updated.")],
  ])("is an interruption: %s", (_, error) => {
    expect(overloadProblemOf(error)).toMatchObject({ type: "service-unavailable", headers: { "Retry-After": "5" } });
  });

  it.each([
    ["a bug", new TypeError("undefined is not a function")],
    ["an invalid statement", wrapped(new Error("D1_ERROR: no such table: products"))],
    ["client input", new Error("params: the lamp is overloaded", { cause: new Error("D1_ERROR: syntax") })],
    ["a problem", problem("not-found")],
    ["a problem with a cause", problem("conflict", { cause: flagged("overloaded") })],
    ["an outage", problem("service-unavailable", { cause: flagged("retryable") })],
  ])("is neither: %s", (_, error) => {
    expect(overloadProblemOf(error)).toBeUndefined();
  });
});
