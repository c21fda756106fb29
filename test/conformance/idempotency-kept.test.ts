/** What is kept under a key, for how long, and what leaves the key free. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { ada, becomeSomebodyNew, codeOf, idOf, isReplay, PATH, post, start, tickets } from "./keyed-tickets.ts";
import { createTicketsTable } from "./tickets.ts";

beforeAll(createTicketsTable);

beforeEach(becomeSomebodyNew);

const DAY_MS = 24 * 3_600_000;

describe("what is kept", () => {
  it.each<[string, RequestInit | (() => RequestInit), number]>([
    ["a malformed body", () => post("{"), 400],
    ["an invalid body", () => post({ text: "" }), 422],
    ["an invalid body, as the handler finds", () => post({ text: "not valid after all" }), 422],
    ["something missing, as the handler finds", () => post({ text: "not there" }), 404],
    ["something forbidden, as the handler finds", () => post({ text: "not you" }), 403],
  ])("A11 nothing of %s: mended, it goes on with the same key", async (_, init, status) => {
    const service = start();
    expect((await service.fetch(PATH, typeof init === "function" ? init() : init)).status).toBe(status);
    const mended = await service.fetch(PATH, post());
    expect([mended.status, isReplay(mended), await tickets()]).toEqual([201, false, 1]);
  });

  it("A11 nothing of a stale or missing precondition", async () => {
    const service = start();
    const ticket = `${PATH}/${await idOf(await service.fetch(PATH, post()))}`;
    const change = (headers: Record<string, string>) => ({
      ...post({ text: "Mended" }, { "Content-Type": "application/merge-patch+json", ...headers }),
      method: "PATCH",
    });
    expect((await service.fetch(ticket, change({}))).status).toBe(428);
    expect((await service.fetch(ticket, change({ "If-Match": '"x"' }))).status).toBe(412);
    const changed = await service.fetch(ticket, change({ "If-Match": "*" }));
    expect([changed.status, isReplay(changed)]).toEqual([200, false]);
  });

  it("A11 nothing of a request whose principal was refused", async () => {
    const anonymous: Principal = { kind: "anonymous", address: "192.0.2.1" };
    expect((await start({ as: anonymous }).fetch(PATH, post())).status).toBe(401);
    expect((await start({ as: { ...ada, roles: [] } }).fetch(PATH, post())).status).toBe(403);
    expect((await start().fetch(PATH, post())).status).toBe(201);
  });

  it("A12 a conflict that was found while the request was carried out", async () => {
    const service = start();
    const first = await service.fetch(PATH, post({ text: "sold out" }));
    const again = await service.fetch(PATH, post({ text: "sold out" }));
    expect([first.status, again.status, isReplay(first), isReplay(again)]).toEqual([409, 409, false, true]);
    expect(await again.text()).toBe(await first.text());
    expect(again.headers.get("Cache-Control")).toBe("no-store");
    expect(await codeOf(await service.fetch(PATH, post()))).toBe("422 IDEMPOTENCY_KEY_REUSED");
  });

  it("A13 nothing of a failure of ours: the key is free for the same request", async () => {
    const service = start();
    expect((await service.fetch(PATH, post({ text: "fails before" }))).status).toBe(500);
    expect((await service.fetch(PATH, post({ text: "fails before" }))).status).toBe(500);
    expect(await tickets()).toBe(0);
    const mended = await service.fetch(PATH, post());
    expect([mended.status, isReplay(mended), await tickets()]).toEqual([201, false, 1]);
  });

  it("A13 the success, where the failure came after the effect", async () => {
    const service = start();
    const first = await service.fetch(PATH, post({ text: "fails after" }));
    const again = await service.fetch(PATH, post({ text: "fails after" }));
    expect([first.status, again.status, await tickets()]).toEqual([201, 201, 1]);
    expect(await again.text()).toBe(await first.text());
  });

  it("A14 for a day", async () => {
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

  it("A14 and then the record forgets itself", async () => {
    const names: string[] = [];
    const getByName = (name: string) => {
      names.push(name);
      return env.IDEMPOTENCY_RECORDS.getByName(name);
    };
    const bindings = { IDEMPOTENCY_RECORDS: { getByName } } as unknown as Partial<Env>; // of a namespace only this is called
    const service = start({ bindings });
    await service.fetch(PATH, post());
    const stub = env.IDEMPOTENCY_RECORDS.getByName(names[0] ?? "");
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await stub.claim("another", 0)).toMatchObject({ outcome: "execute", fence: 1 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await runDurableObjectAlarm(stub)).toBe(false);
  });
});
