/** Health endpoints for load balancers, supervisors and operators (section k). */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FAIL_AFTER_MS } from "#features/health/checks.ts";
import { brokenDatabase, silentDatabase, unboundDatabase } from "../support/broken-database.ts";
import { customer, type ServiceOptions, START, staff, startService } from "../support/service.ts";
import { bind } from "./failures.ts";

const failing = { broken: brokenDatabase("D1_ERROR: secret"), unbound: unboundDatabase() };

it("K01 /livez is 200 with any fault", async () => {
  const faults: ServiceOptions[] = [
    {},
    bind({ SLUICE_SECRET: "" }),
    { bindings: { DB: failing.broken } },
    { bindings: { DB: failing.unbound } },
    { bindings: { DB: silentDatabase() } },
  ];
  for (const options of faults) {
    for (const init of [{}, { headers: { Authorization: "Bearer bad" } }]) {
      const response = await startService(options).fetch("/livez", init);
      expect(response.status).toBe(200);
      expect(response.headers.get("Cache-Control")).toBe("no-store");
      expect(response.headers.get("Content-Type")).toBe("application/health+json");
      expect(await response.json()).toEqual({ status: "pass" });
    }
  }
});

it("K01 /readyz and /health pass with a database", async () => {
  const ready = await startService().fetch("/readyz");
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: "pass" });
  const health = await startService({ as: staff }).fetch("/health");
  expect(health.status).toBe(200);
  expect(health.headers.get("Content-Type")).toBe("application/health+json");
  expect(health.headers.get("Cache-Control")).toBe("no-store");
  expect(await health.json()).toEqual({
    status: "pass",
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    checks: {
      "d1:responseTime": [
        {
          componentType: "datastore",
          status: "pass",
          observedValue: expect.any(Number),
          observedUnit: "ms",
          time: new Date(START).toISOString(),
        },
      ],
    },
  });
});

it("K01 /health lists the checks only for staff", async () => {
  for (const options of [{}, { as: customer }]) {
    const health = await startService(options).fetch("/health");
    expect(await health.json()).toEqual({ status: "pass", version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  }
});

it("K01 /readyz and /health each cost one database call, which the log counts", async () => {
  const service = startService();
  for (const path of ["/readyz", "/health"]) {
    await service.fetch(path);
    expect(JSON.parse(service.logs.at(-1) ?? "{}")).toMatchObject({ "http.route": path, "db.round_trips": 1 });
  }
});

it.each(Object.entries(failing))("K01 /readyz and /health fail with a database that is %s", async (_, DB) => {
  for (const path of ["/readyz", "/health"]) {
    const service = startService({ bindings: { DB } });
    const response = await service.fetch(path);
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toMatch(/^[1-9]/);
    expect(response.headers.get("Content-Type")).toBe("application/health+json");
    expect(JSON.parse(text)).toMatchObject({ status: "fail" });
    expect(text).not.toContain("secret");
  }
});

describe("with a database that never answers", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each(["/readyz", "/health"])("K01 %s fails within the time limit", async (path) => {
    let received: Response | undefined;
    const done = startService({ bindings: { DB: silentDatabase() } })
      .fetch(path)
      .then((response) => {
        received = response;
      });
    await vi.advanceTimersByTimeAsync(FAIL_AFTER_MS - 1);
    expect(received).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await done;
    expect(received?.status).toBe(503);
  });

  it("K01 a completed check leaves no timer", async () => {
    await startService().fetch("/readyz");
    expect(vi.getTimerCount()).toBe(0);
  });
});
