import { describe, expect, it } from "vitest";
import { parseOverrides } from "#features/limits/policy/overrides.ts";
import { POLICIES } from "#features/limits/policy/policies.ts";
import { isLoad, isWindow } from "#features/limits/policy/policy.ts";

const read = (value: unknown) => parseOverrides(JSON.stringify(value), POLICIES);

describe("overrides", () => {
  it("change the named members, and no others", () => {
    const overrides = read({
      default: { capacity: 1000, shadow: true },
      login: { limit: 6 },
      "load-lists": { limit: 100 },
    });
    expect([...overrides.keys()]).toEqual(["default", "login", "load-lists"]);
    expect(overrides.get("default")).toEqual({ ...POLICIES.get("default"), capacity: 1000, shadow: true });
    expect(overrides.get("login")).toEqual({ ...POLICIES.get("login"), limit: 6 });
    expect(overrides.get("load-lists")).toEqual({ ...POLICIES.get("load-lists"), inFlight: 100 });
  });

  it.each([
    ["ten times", { default: { capacity: 1000, refill_per_second: 100 } }],
    ["a tenth", { default: { capacity: 10, refill_per_second: 1 } }],
    ["nothing", {}],
    ["nothing of a policy", { default: {} }],
  ])("may be %s", (_, value) => {
    expect(() => read(value)).not.toThrow();
  });

  it.each([
    ["default.capacity: must be from 10 to 1000", { default: { capacity: 1001 } }],
    ["default.capacity: must be from 10 to 1000", { default: { capacity: 9 } }],
    ["default.refill_per_second: must be from 1 to 100", { default: { refill_per_second: 0.5 } }],
    ["login.limit: must be from 6 to 600", { login: { limit: 601 } }],
    ["unknown: no policy has this name", { unknown: {} }],
    ["default:", { default: { mode: "leased" } }],
    ["login:", { login: { whenUnavailable: "open" } }],
    ["login:", { login: { capacity: 60 } }],
    ["default:", { default: { capacity: 10.5 } }],
    ["default:", { default: null }],
    ["must be a JSON object", [1]],
  ])("are refused as a whole if one is invalid: %s", (message, value) => {
    expect(() => read(value)).toThrow(RangeError);
    expect(() => read(value)).toThrow(message);
  });
});

describe("the policies in code", () => {
  const policies = [...POLICIES.values()];

  it("have unique names, valid in headers and in names of objects", () => {
    expect(policies).toHaveLength(23);
    for (const [name, policy] of POLICIES) {
      expect(policy.name).toBe(name);
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    }
  });

  it("are enforced, whole, and refuse attempts that cannot be counted", () => {
    for (const policy of policies) {
      expect(policy.shadow).toBe(false);
      if (isLoad(policy)) continue;
      expect(policy.whenUnavailable).toBe(isWindow(policy) ? "closed" : "open");
      if (!isWindow(policy)) expect(Number.isInteger(policy.capacity)).toBe(true);
    }
  });
});
