/** Records of idempotency keys: what is stored, for how long, and which outcomes release the key. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { ada, codeOf, idOf, isReplay, PATH, post, start, tickets, useNewAccount } from "./keyed-tickets.ts";
import { createTicketsTable } from "./tickets.ts";

beforeAll(createTicketsTable);

beforeEach(useNewAccount);

const DAY_MS = 24 * 3_600_000;

describe("the record of a key", () => {
  it.each<[string, RequestInit | (() => RequestInit), number]>([
    ["a malformed body", () => post("{"), 400],
    ["an invalid body", () => post({ text: "" }), 422],
    ["a validation error of the handler", () => post({ text: "not valid after all" }), 422],
    ["a not-found error of the handler", () => post({ text: "not there" }), 404],
    ["a forbidden error of the handler", () => post({ text: "not you" }), 403],
  ])("A11 is released after %s, so a corrected request succeeds with the same key", async (_, init, status) => {
    const service = start();
    expect((await service.fetch(PATH, typeof init === "function" ? init() : init)).status).toBe(status);
    const corrected = await service.fetch(PATH, post());
    expect([corrected.status, isReplay(corrected), await tickets()]).toEqual([201, false, 1]);
  });

  it("A11 is released after a stale or missing precondition", async () => {
    const service = start();
    const ticket = `${PATH}/${await idOf(await service.fetch(PATH, post()))}`;
    const change = (headers: Record<string, string>) => ({
      ...post({ text: "Fixed" }, { "Content-Type": "application/merge-patch+json", ...headers }),
      method: "PATCH",
    });
    expect((await service.fetch(ticket, change({}))).status).toBe(428);
    expect((await service.fetch(ticket, change({ "If-Match": '"x"' }))).status).toBe(412);
    const changed = await service.fetch(ticket, change({ "If-Match": "*" }));
    expect([changed.status, isReplay(changed)]).toEqual([200, false]);
  });

  it("A11 is released after a 401 or 403", async () => {
    const anonymous: Principal = { kind: "anonymous", address: "192.0.2.1" };
    expect((await start({ as: anonymous }).fetch(PATH, post())).status).toBe(401);
    expect((await start({ as: { ...ada, roles: [] } }).fetch(PATH, post())).status).toBe(403);
    expect((await start().fetch(PATH, post())).status).toBe(201);
  });

  it("A12 stores a conflict that the operation found", async () => {
    const service = start();
    const first = await service.fetch(PATH, post({ text: "sold out" }));
    const again = await service.fetch(PATH, post({ text: "sold out" }));
    expect([first.status, again.status, isReplay(first), isReplay(again)]).toEqual([409, 409, false, true]);
    expect(await again.text()).toBe(await first.text());
    expect(again.headers.get("Cache-Control")).toBe("no-store");
    expect(await codeOf(await service.fetch(PATH, post()))).toBe("422 IDEMPOTENCY_KEY_REUSED");
  });

  it("A13 is released after a 500, so a retry runs again", async () => {
    const service = start();
    expect((await service.fetch(PATH, post({ text: "fails before" }))).status).toBe(500);
    expect((await service.fetch(PATH, post({ text: "fails before" }))).status).toBe(500);
    expect(await tickets()).toBe(0);
    const corrected = await service.fetch(PATH, post());
    expect([corrected.status, isReplay(corrected), await tickets()]).toEqual([201, false, 1]);
  });

  it("A13 stores the success if the failure came after the commit", async () => {
    const service = start();
    const first = await service.fetch(PATH, post({ text: "fails after" }));
    const again = await service.fetch(PATH, post({ text: "fails after" }));
    expect([first.status, again.status, await tickets()]).toEqual([201, 201, 1]);
    expect(await again.text()).toBe(await first.text());
  });

  it("A14 lasts 24 hours", async () => {
    const service = start();
    const first = await idOf(await service.fetch(PATH, post()));
    service.advance(DAY_MS - 1000);
    const again = await service.fetch(PATH, post());
    expect([isReplay(again), await idOf(again)]).toEqual([true, first]);
    service.advance(2000);
    const anew = await service.fetch(PATH, post());
    expect([anew.status, isReplay(anew)]).toEqual([201, false]);
    expect(await idOf(anew)).not.toBe(first);
    expect(await tickets()).toBe(2);
  });

  it("A14 is deleted by its alarm", async () => {
    const names: string[] = [];
    const getByName = (name: string) => {
      names.push(name);
      return env.IDEMPOTENCY_RECORDS.getByName(name);
    };
    const bindings = { IDEMPOTENCY_RECORDS: { getByName } } as unknown as Partial<Env>; // only this method is called
    const service = start({ bindings });
    await service.fetch(PATH, post());
    const stub = env.IDEMPOTENCY_RECORDS.getByName(names[0] ?? "");
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stub.claim("another", 0)).toMatchObject({ outcome: "execute", fence: 1 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await runDurableObjectAlarm(stub)).toBe(false);
  });
});
