/** Replays under an idempotency key: who may see them, what they contain and what they cost. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import { remainingIn, startLimited } from "../support/limited.ts";
import { ORIGIN, type Service } from "../support/service.ts";
import {
  ada,
  codeOf,
  crashAt,
  idOf,
  isReplay,
  key,
  LEASE_MS,
  PATH,
  post,
  start,
  tickets,
  useNewAccount,
} from "./keyed-tickets.ts";
import { createTicketsTable, ticketAbilities, ticketEndpoints } from "./tickets.ts";

beforeAll(createTicketsTable);

beforeEach(useNewAccount);

/** Bindings that note the name of each call of the key's record. */
function countRecordCalls(): { readonly calls: string[]; readonly bindings: Partial<Env> } {
  const calls: string[] = [];
  const getByName = (name: string) =>
    new Proxy(env.IDEMPOTENCY_RECORDS.getByName(name), {
      get(target, member) {
        return (...args: unknown[]) => {
          calls.push(String(member));
          const method = Reflect.get(target, member) as (...all: unknown[]) => unknown; // all its members are methods
          return method(...args);
        };
      },
    });
  const bindings = { IDEMPOTENCY_RECORDS: { getByName } } as unknown as Partial<Env>; // only this method is called
  return { calls, bindings };
}

function roundTrips(service: Service): number {
  return (JSON.parse(service.logs.at(-1) ?? "{}") as { "db.round_trips": number })["db.round_trips"]; // the log line
}

describe("a replay", () => {
  it("A17 needs the permission to call the operation and to read the result", async () => {
    const id = await idOf(await start().fetch(PATH, post()));
    const anonymous: Principal = { kind: "anonymous", address: "192.0.2.1" };
    expect((await start({ as: anonymous }).fetch(PATH, post())).status).toBe(401);
    expect((await start({ as: { ...ada, roles: [] } }).fetch(PATH, post())).status).toBe(403);
    const foreign = start({
      extraAbilities: [
        (_, allow) => {
          allow("create", "tickets");
          allow("read", "tickets", { user_id: "another user" });
        },
      ],
    });
    const hidden = await foreign.fetch(PATH, post());
    expect(await hidden.clone().text()).not.toContain(id);
    expect(await codeOf(hidden)).toBe("404 NOT_FOUND");
    const partial = start({
      extraAbilities: [
        (_, allow) => {
          allow("create", "tickets");
          allow("read", "tickets", ["id", "user_id"]);
        },
      ],
    });
    expect(await codeOf(await partial.fetch(PATH, post()))).toBe("403 FORBIDDEN");
    expect(isReplay(await start().fetch(PATH, post()))).toBe(true);
  });

  it("A17 of a state change is authorized with the state before the change", async () => {
    const service = start();
    const id = await idOf(await service.fetch(PATH, post()));
    const close = () => service.fetch(`${PATH}/${id}/close`, { method: "POST", headers: { "Idempotency-Key": key } });
    expect([(await close()).status, isReplay(await close())]).toEqual([200, true]);
  });

  it("A18 ignores the key of GET and DELETE, and replays a PATCH even though If-Match is outdated", async () => {
    const service = start();
    const ticket = `${PATH}/${await idOf(await service.fetch(PATH, post()))}`;
    const bad = { headers: { "Idempotency-Key": '""' } };
    const read = await service.fetch(ticket, bad);
    expect(read.status).toBe(200);
    const change = {
      ...post(
        { text: "Fixed" },
        { "Content-Type": "application/merge-patch+json", "If-Match": read.headers.get("ETag") ?? "" },
      ),
      method: "PATCH",
    };
    const first = await service.fetch(ticket, change);
    const again = await service.fetch(ticket, change);
    expect([first.status, again.status, isReplay(again)]).toEqual([200, 200, true]);
    expect(await again.text()).toBe(await first.text());
    expect(
      (await service.fetch(ticket, { ...change, headers: { ...change.headers, "Idempotency-Key": "other" } })).status,
    ).toBe(412);
    expect((await service.fetch(ticket, { ...bad, method: "DELETE" })).status).toBe(204);
  });

  it("A19 is the original response, even if the resource has changed or was deleted", async () => {
    const service = start();
    const first = await service.fetch(PATH, post());
    const body = await first.text();
    const ticket = `${PATH}/${(JSON.parse(body) as { id: string }).id}`; // a ticket
    await service.fetch(`${ticket}/close`, { method: "POST", headers: { "Idempotency-Key": key } });
    expect(await (await service.fetch(PATH, post())).text()).toBe(body);
    await service.fetch(ticket, { method: "DELETE" });
    expect(await (await service.fetch(PATH, post())).text()).toBe(body);
  });

  it("A19 returns 409 if the first response was lost and the resource was deleted", async () => {
    await crashAt("after-batch");
    await env.DB.prepare("DELETE FROM tickets WHERE user_id = ?").bind(ada.id).run();
    const service = start();
    service.advance(LEASE_MS);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await codeOf(await service.fetch(PATH, post()))).toBe("409 CONFLICT");
    expect(await tickets()).toBe(0);
  });

  it("A20 costs one call and no query; the first request costs two calls and one batch", async () => {
    const { calls, bindings } = countRecordCalls();
    const service = start({ bindings });
    await service.fetch(PATH, post());
    expect([calls.splice(0), roundTrips(service)]).toEqual([["claim", "complete"], 1]);
    expect(isReplay(await service.fetch(PATH, post()))).toBe(true);
    expect([calls.splice(0), roundTrips(service)]).toEqual([["claim"], 0]);
    await service.fetch(PATH, post({ text: "Other" }));
    expect([calls.splice(0), roundTrips(service)]).toEqual([["claim"], 0]);
    await service.fetch(PATH, post({ text: "" }, { "Idempotency-Key": `${key}b` }));
    expect([calls.splice(0), roundTrips(service)]).toEqual([["claim", "release"], 0]);
  });

  it("A20 costs one token; the rest of the operation's cost is refunded", async () => {
    const service = startLimited({
      as: ada,
      extraEndpoints: ticketEndpoints,
      extraAbilities: [ticketAbilities],
    });
    const id = await idOf(await service.fetch(PATH, post()));
    const headers = { "Content-Type": "application/merge-patch+json", "If-Match": "*" };
    const change = (text: string) => service.fetch(`${PATH}/${id}`, { ...post({ text }, headers), method: "PATCH" });
    const created = remainingIn(await service.fetch(PATH, post()));
    const before = remainingIn(await change("Fixed"));
    expect(before).toBe(created - 5);
    const [one, two] = [await change("Fixed"), await change("Fixed")];
    expect([isReplay(one), remainingIn(one), remainingIn(two)]).toEqual([true, before - 1, before - 2]);
    const other = await change("Fixed otherwise");
    expect([other.status, remainingIn(other)]).toEqual([422, before - 7]);
    expect(service.limiter.calls.filter((call) => call.startsWith("refund"))).toEqual([
      "refund default:4 free-day:4 free-month:4",
      "refund default:4 free-day:4 free-month:4",
    ]);
  });

  it("A22 has only the headers of the original response, and the log contains no stored body", async () => {
    const { calls, bindings } = countRecordCalls();
    const service = start({ bindings });
    const first = await service.fetch(PATH, post({ text: "a word to find" }));
    expect(calls).toEqual(["claim", "complete"]);
    const again = await service.fetch(PATH, post({ text: "a word to find" }));
    const names = (response: Response) => [...response.headers.keys()].filter((name) => name !== "idempotent-replayed");
    expect(names(again)).toEqual(names(first));
    expect(again.headers.has("Set-Cookie")).toBe(false);
    expect(JSON.stringify(service.logs)).not.toContain("a word to find");
  });

  it("A22 is rebuilt from the committed resource after SLUICE_SECRET has changed", async () => {
    const first = await idOf(await start().fetch(PATH, post()));
    const withSecret: Record<string, unknown> = { SLUICE_SECRET: "another secret of the suite, 32+ characters" };
    const changed = start({ bindings: withSecret });
    const again = await changed.fetch(PATH, post());
    expect([again.status, isReplay(again), await idOf(again)]).toEqual([201, true, first]);
  });

  it("A22 returns 409 after SLUICE_SECRET has changed if nothing was written", async () => {
    await start().fetch(PATH, post({ text: "sold out" }));
    const withSecret: Record<string, unknown> = { SLUICE_SECRET: "another secret of the suite, 32+ characters" };
    const again = await start({ bindings: withSecret }).fetch(PATH, post({ text: "sold out" }));
    expect(await again.clone().text()).toContain("without writing anything");
    expect(await codeOf(again)).toBe("409 CONFLICT");
  });

  it("A23 can be requested and recognized by pages of allowed origins", async () => {
    const own = { Origin: ORIGIN };
    const preflight = await start().fetch(PATH, {
      method: "OPTIONS",
      headers: { ...own, "Access-Control-Request-Method": "POST" },
    });
    expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain("Idempotency-Key");
    const response = await start().fetch(PATH, post(undefined, own));
    expect(response.headers.get("Access-Control-Expose-Headers")).toContain("Idempotent-Replayed");
  });
});
