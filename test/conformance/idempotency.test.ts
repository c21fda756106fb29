/** What an `Idempotency-Key` promises, from outside, and what becomes of it when a request dies on its way. */

import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FaultPoint } from "../../src/contract/doors.ts";
import type { Principal } from "../../src/contract/principal.ts";
import { brokenDatabase } from "../support/broken-database.ts";
import { ORIGIN, type Service, type ServiceOptions, startService } from "../support/service.ts";
import { countTickets, createTicketsTable, ticketAbilities, ticketEndpoints } from "./tickets.ts";

type Known = Exclude<Principal, { kind: "anonymous" }>;

const PATH = "/v1/tickets";
const LEASE_MS = 30_000;
const DAY_MS = 24 * 3_600_000;

let made = 0;
/** Of each test its own, so that none sees another's tickets. */
let ada: Known;
let key: string;

beforeAll(createTicketsTable);

beforeEach(() => {
  made += 1;
  ada = { kind: "user", id: `user_ada${made}`, roles: ["customer"], scopes: [], credential: "token" };
  key = `key-${made}`;
});

function start(options: ServiceOptions = {}): Service {
  return startService({ as: ada, extraEndpoints: ticketEndpoints, extraAbilities: [ticketAbilities], ...options });
}

function post(body: unknown = { text: "Broken" }, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

async function codeOf(response: Response): Promise<string> {
  return `${response.status} ${((await response.json()) as { code: string }).code}`; // a problem, which the harness has checked
}

const idOf = async (response: Response) => ((await response.json()) as { id: string }).id; // a ticket
const isReplay = (response: Response) => response.headers.get("Idempotent-Replayed") === "true";
const tickets = () => countTickets(ada.id);

/** A request that dies at the point: nothing behind it happens, and nobody is answered. */
async function die(point: FaultPoint, init: RequestInit = post(), path = PATH): Promise<void> {
  await new Promise<void>((resolve) => {
    const faults = (at: FaultPoint) => {
      if (at !== point) return Promise.resolve();
      resolve();
      return new Promise<never>(() => {});
    };
    void start({ doors: { faults } }).fetch(path, init);
  });
}

/** A service whose requests fail at the point. */
function failing(point: FaultPoint): Service {
  const faults = async (at: FaultPoint) => {
    if (at === point) throw new Error(`failed ${point}`);
  };
  return start({ doors: { faults } });
}

/** Calls of the key's record, by name. */
function counting(): { readonly calls: string[]; readonly bindings: Partial<Env> } {
  const calls: string[] = [];
  const getByName = (name: string) =>
    new Proxy(env.IDEMPOTENCY_RECORDS.getByName(name), {
      get(target, member) {
        return (...args: unknown[]) => {
          calls.push(String(member));
          const method = Reflect.get(target, member) as (...all: unknown[]) => unknown; // only its methods are called
          return method(...args);
        };
      },
    });
  const bindings = { IDEMPOTENCY_RECORDS: { getByName } } as unknown as Partial<Env>; // of a namespace only this is called
  return { calls, bindings };
}

function roundTrips(service: Service): number {
  return (JSON.parse(service.logs.at(-1) ?? "{}") as { "db.round_trips": number })["db.round_trips"]; // the log line
}

describe("the key", () => {
  it("A01 is required where the operation must not happen twice", async () => {
    const init = post();
    const { "Idempotency-Key": _, ...headers } = init.headers as Record<string, string>; // as post() makes them
    const answer = await start().fetch(PATH, { ...init, headers });
    expect(answer.headers.get("Link")).toBe(`<${ORIGIN}/docs>; rel="describedby"`);
    expect(await codeOf(answer)).toBe("400 IDEMPOTENCY_KEY_MISSING");
    expect(await tickets()).toBe(0);
  });

  it("A02 is the same quoted and bare, whatever parameters it has", async () => {
    const service = start();
    const first = await idOf(await service.fetch(PATH, post()));
    for (const spelling of [`"${key}"`, `"${key}";x=1`, `${key};x=1`, ` ${key} `]) {
      const again = await service.fetch(PATH, post(undefined, { "Idempotency-Key": spelling }));
      expect([isReplay(again), await idOf(again)], spelling).toEqual([true, first]);
    }
    expect(await tickets()).toBe(1);
  });

  it.each(["", '""', "x".repeat(256), "a b", '"a\tb"', "schl\u00fcssel", '"k', "a,b", '"a", "b"'])(
    "A03 is refused where it is %j",
    async (spelling) => {
      const answer = await start().fetch(PATH, post(undefined, { "Idempotency-Key": spelling }));
      expect(await codeOf(answer)).toBe("400 IDEMPOTENCY_KEY_INVALID");
      expect(await tickets()).toBe(0);
    },
  );

  it("A03 is refused where there are two", async () => {
    const headers = new Headers({ "Content-Type": "application/json" });
    headers.append("Idempotency-Key", "a");
    headers.append("Idempotency-Key", "b");
    expect(await codeOf(await start().fetch(PATH, { ...post(), headers }))).toBe("400 IDEMPOTENCY_KEY_INVALID");
  });

  it("0 A03 is refused before the precondition is looked at", async () => {
    const service = start();
    const ticket = `${PATH}/${await idOf(await service.fetch(PATH, post()))}`;
    const headers = { "Content-Type": "application/merge-patch+json", "If-Match": '"x"', "Idempotency-Key": '""' };
    const answer = await service.fetch(ticket, { ...post({ text: "Mended" }, headers), method: "PATCH" });
    expect(await codeOf(answer)).toBe("400 IDEMPOTENCY_KEY_INVALID");
  });

  it("0 A03 is refused after the media type and before the body", async () => {
    const bad = { "Idempotency-Key": '""' };
    expect((await start().fetch(PATH, post("{", { ...bad, "Content-Type": "text/plain" }))).status).toBe(415);
    expect(await codeOf(await start().fetch(PATH, post("{", bad)))).toBe("400 IDEMPOTENCY_KEY_INVALID");
  });
});

describe("the same request again", () => {
  it("A04 A05 is answered as the first was, with what is of this exchange alone made anew", async () => {
    const service = start();
    const first = await service.fetch(PATH, post());
    expect([first.status, first.headers.has("Idempotent-Replayed")]).toEqual([201, false]);
    const body = await first.text();
    service.advance(61_000);
    const again = await service.fetch(PATH, post(undefined, { "X-Correlation-Id": "the-second" }));
    expect([again.status, isReplay(again), await again.text()]).toEqual([201, true, body]);
    for (const name of ["Location", "Content-Type", "ETag", "Last-Modified", "Cache-Control", "Vary"])
      expect(again.headers.get(name), name).toBe(first.headers.get(name));
    for (const name of ["Date", "X-Correlation-Id", "traceparent"])
      expect(again.headers.get(name), name).not.toBe(first.headers.get(name));
    expect(again.headers.get("X-Correlation-Id")).toBe("the-second");
    expect(again.headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(await tickets()).toBe(1);
  });

  it("A06 with another body, query or media type is refused, and the first stays", async () => {
    const service = start();
    const first = await idOf(await service.fetch(PATH, post()));
    expect(await codeOf(await service.fetch(PATH, post({ text: "Other" })))).toBe("422 IDEMPOTENCY_KEY_REUSED");
    expect(await codeOf(await service.fetch(`${PATH}?urgent=1`, post()))).toBe("422 IDEMPOTENCY_KEY_REUSED");
    expect(await idOf(await service.fetch(PATH, post()))).toBe(first);
    expect(await tickets()).toBe(1);
  });

  it("A07 is another one of another principal, and on another path", async () => {
    const bob: Known = { ...ada, id: `${ada.id}bob` };
    const first = await start().fetch(PATH, post());
    const foreign = await start({ as: bob }).fetch(PATH, post());
    expect([foreign.status, isReplay(foreign)]).toEqual([201, false]);
    const [own, other] = [await idOf(first), await idOf(foreign)];
    expect(other).not.toBe(own);
    const closed = await start().fetch(`${PATH}/${own}/close`, { method: "POST", headers: { "Idempotency-Key": key } });
    expect([closed.status, isReplay(closed)]).toEqual([200, false]);
    expect([await tickets(), await countTickets(bob.id)]).toEqual([1, 1]);
  });

  it("A08 is the same however its JSON is written, and whatever token it is sent with", async () => {
    const first = await idOf(await start().fetch(PATH, post('{"text":"Broken"}')));
    const renewed = start({ as: { ...ada, clientId: "another", authenticatedAt: 1 } });
    for (const body of ['{ "text" : "Broken" }\n', '{"\\u0074ext":"Brok\\u0065n"}']) {
      const again = await renewed.fetch(PATH, post(body));
      expect([isReplay(again), await idOf(again)]).toEqual([true, first]);
    }
  });

  it("A09 at once is carried out once, and the others are told to wait", async () => {
    const service = start();
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.fetch(PATH, post())));
    const waiting = answers.filter(({ status }) => status === 409);
    expect(answers.filter((answer) => answer.status === 201 && !isReplay(answer))).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 201 && isReplay(answer)).length + waiting.length).toBe(19);
    for (const answer of waiting) {
      expect(answer.headers.get("Retry-After")).toBe("1");
      expect(await codeOf(answer)).toBe("409 IDEMPOTENCY_IN_PROGRESS");
    }
    expect(await tickets()).toBe(1);
  });

  it("A10 in flight, another body is refused as another body", async () => {
    await die("before-batch");
    expect(await codeOf(await start().fetch(PATH, post()))).toBe("409 IDEMPOTENCY_IN_PROGRESS");
    expect(await codeOf(await start().fetch(PATH, post({ text: "Other" })))).toBe("422 IDEMPOTENCY_KEY_REUSED");
  });
});

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
    const first = await service.fetch(PATH, post({ text: "out of stock" }));
    const again = await service.fetch(PATH, post({ text: "out of stock" }));
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

describe("a request that dies", () => {
  it.each<[FaultPoint, number]>([
    ["before-claim", 0],
    ["after-claim", 0],
    ["before-batch", 0],
    ["after-batch", 1],
    ["before-complete", 1],
    ["before-answer", 1],
  ])("A15 %s has one effect in the end, and blocks nobody beyond its lease", async (point, committed) => {
    await die(point);
    expect(await tickets()).toBe(committed);
    const service = start();
    const soon = await service.fetch(PATH, post());
    if (point === "before-claim") expect([soon.status, isReplay(soon)]).toEqual([201, false]);
    else if (point === "before-answer") expect([soon.status, isReplay(soon)]).toEqual([201, true]);
    else {
      expect([soon.status, soon.headers.get("Retry-After")]).toEqual([409, "1"]);
      service.advance(LEASE_MS);
      const later = await service.fetch(PATH, post());
      expect([later.status, isReplay(later)]).toEqual([201, committed === 1]);
      expect(later.headers.get("Location")).toBe(`${ORIGIN}${PATH}/${await idOf(later)}`);
    }
    expect(isReplay(await service.fetch(PATH, post()))).toBe(true);
    expect(await tickets()).toBe(1);
  });

  it("A15 a step that died after its commit is told as the success it was", async () => {
    const service = start();
    const id = await idOf(await service.fetch(PATH, post()));
    await die("after-batch", { method: "POST", headers: { "Idempotency-Key": key } }, `${PATH}/${id}/close`);
    service.advance(LEASE_MS);
    const again = await service.fetch(`${PATH}/${id}/close`, { method: "POST", headers: { "Idempotency-Key": key } });
    expect([again.status, isReplay(again)]).toEqual([200, true]);
    expect(await again.json()).toMatchObject({ id, state: "closed" });
  });

  it("A15 one that comes to its batch after another took its place has no effect, and tells that one's", async () => {
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let reached: () => void = () => undefined;
    const isThere = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const faults = async (at: FaultPoint) => {
      if (at !== "before-batch") return;
      reached();
      await held;
    };
    const late = start({ doors: { faults } }).fetch(PATH, post());
    await isThere;
    const service = start();
    service.advance(LEASE_MS);
    const second = await service.fetch(PATH, post());
    expect([second.status, isReplay(second)]).toEqual([201, false]);
    goOn();
    const first = await late;
    expect([first.status, isReplay(first)]).toEqual([201, true]);
    expect(await idOf(first)).toBe(await idOf(second));
    expect(await tickets()).toBe(1);
  });

  it("A15 one that another has barred, and that died then, is told to wait", async () => {
    const points: (() => void)[] = [];
    const hold = () => {
      let reached: () => void = () => undefined;
      const isThere = new Promise<void>((resolve) => {
        reached = resolve;
      });
      const faults = (at: FaultPoint) => {
        if (at !== "before-batch") return Promise.resolve();
        reached();
        return new Promise<void>((resolve) => points.push(resolve));
      };
      return { faults, isThere };
    };
    const [one, two] = [hold(), hold()];
    const late = start({ doors: { faults: one.faults } }).fetch(PATH, post());
    await one.isThere;
    const second = start({ doors: { faults: two.faults } });
    second.advance(LEASE_MS);
    void second.fetch(PATH, post());
    await two.isThere;
    points[0]?.();
    expect(await codeOf(await late)).toBe("409 IDEMPOTENCY_IN_PROGRESS");
    expect(await tickets()).toBe(0);
    const third = start();
    third.advance(2 * LEASE_MS);
    expect((await third.fetch(PATH, post())).status).toBe(201);
    expect(await tickets()).toBe(1);
  });

  it("A15 a lost answer of the database is no failure", async () => {
    const answer = await failing("after-batch").fetch(PATH, post());
    expect([answer.status, isReplay(answer), await tickets()]).toEqual([201, false, 1]);
  });

  it.each<[FaultPoint, number, boolean]>([
    ["before-claim", 500, false],
    ["after-claim", 500, false],
    ["before-batch", 500, false],
    ["before-complete", 201, true],
    ["before-answer", 500, true],
  ])("A15 what fails %s is answered %i, and leaves the key in good order", async (point, status, isDone) => {
    const failed = await failing(point).fetch(PATH, post());
    expect([failed.status, failed.headers.has("Location")]).toEqual([status, status === 201]);
    const service = start();
    service.advance(LEASE_MS);
    const again = await service.fetch(PATH, post());
    expect([again.status, isReplay(again), await tickets()]).toEqual([201, isDone, 1]);
  });

  it("A15 a database that does not answer leaves the key to the same request", async () => {
    const service = start({ bindings: { DB: brokenDatabase("down") } });
    expect((await service.fetch(PATH, post())).status).toBe(500);
    expect(await codeOf(await start().fetch(PATH, post({ text: "Other" })))).toBe("422 IDEMPOTENCY_KEY_REUSED");
    const again = await start().fetch(PATH, post());
    expect([again.status, isReplay(again), await tickets()]).toEqual([201, false, 1]);
  });

  it("A16 where the record cannot be reached, nothing is carried out", async () => {
    const unreachable = { getByName: () => ({ claim: () => Promise.reject(new Error("reset")) }) };
    const bindings = { IDEMPOTENCY_RECORDS: unreachable } as unknown as Partial<Env>; // of a namespace only this is called
    const answer = await start({ bindings }).fetch(PATH, post());
    expect(answer.headers.get("Retry-After")).toBe("5");
    expect(await codeOf(answer)).toBe("503 SERVICE_UNAVAILABLE");
    expect(await tickets()).toBe(0);
    expect((await start().fetch(PATH, post())).status).toBe(201);
  });
});

describe("a replay", () => {
  it("A17 is for whoever may still do and see it", async () => {
    const id = await idOf(await start().fetch(PATH, post()));
    const nobody: Principal = { kind: "anonymous", address: "192.0.2.1" };
    expect((await start({ as: nobody }).fetch(PATH, post())).status).toBe(401);
    expect((await start({ as: { ...ada, roles: [] } }).fetch(PATH, post())).status).toBe(403);
    const foreign = start({
      extraAbilities: [
        (_, allow) => {
          allow("create", "tickets");
          allow("read", "tickets", { user_id: "somebody else" });
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

  it("A17 of a step is asked of the state that the step was permitted in", async () => {
    const service = start();
    const id = await idOf(await service.fetch(PATH, post()));
    const close = () => service.fetch(`${PATH}/${id}/close`, { method: "POST", headers: { "Idempotency-Key": key } });
    expect([(await close()).status, isReplay(await close())]).toEqual([200, true]);
  });

  it("A18 is none of GET and DELETE, where a key is ignored; PATCH honours it, whatever its tag says by now", async () => {
    const service = start();
    const ticket = `${PATH}/${await idOf(await service.fetch(PATH, post()))}`;
    const bad = { headers: { "Idempotency-Key": '""' } };
    const read = await service.fetch(ticket, bad);
    expect(read.status).toBe(200);
    const change = {
      ...post(
        { text: "Mended" },
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

  it("A19 is what was answered, even of what has changed or gone since", async () => {
    const service = start();
    const first = await service.fetch(PATH, post());
    const body = await first.text();
    const ticket = `${PATH}/${(JSON.parse(body) as { id: string }).id}`; // a ticket
    await service.fetch(`${ticket}/close`, { method: "POST", headers: { "Idempotency-Key": key } });
    expect(await (await service.fetch(PATH, post())).text()).toBe(body);
    await service.fetch(ticket, { method: "DELETE" });
    expect(await (await service.fetch(PATH, post())).text()).toBe(body);
  });

  it("A19 of an answer that was never given is not made up, where its resource has gone", async () => {
    await die("after-batch");
    await env.DB.prepare("DELETE FROM tickets WHERE user_id = ?").bind(ada.id).run();
    const service = start();
    service.advance(LEASE_MS);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await codeOf(await service.fetch(PATH, post()))).toBe("409 CONFLICT");
    expect(await tickets()).toBe(0);
  });

  it("A20 costs one call and no query, the first request two calls and its one batch", async () => {
    const { calls, bindings } = counting();
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

  it("A22 has no header that is not on the list, and lies encrypted", async () => {
    const { calls, bindings } = counting();
    const service = start({ bindings });
    const first = await service.fetch(PATH, post({ text: "a word to find" }));
    expect(calls).toEqual(["claim", "complete"]);
    const again = await service.fetch(PATH, post({ text: "a word to find" }));
    const names = (answer: Response) => [...answer.headers.keys()].filter((name) => name !== "idempotent-replayed");
    expect(names(again)).toEqual(names(first));
    expect(again.headers.has("Set-Cookie")).toBe(false);
    expect(JSON.stringify(service.logs)).not.toContain("a word to find");
  });

  it("A22 after the secret was changed is made from what was committed", async () => {
    const first = await idOf(await start().fetch(PATH, post()));
    const withSecret: Record<string, unknown> = { SLUICE_SECRET: "another secret of the suite, 32+ characters" };
    const changed = start({ bindings: withSecret });
    const again = await changed.fetch(PATH, post());
    expect([again.status, isReplay(again), await idOf(again)]).toEqual([201, true, first]);
  });

  it("A22 after the secret was changed is none where nothing was written", async () => {
    await start().fetch(PATH, post({ text: "out of stock" }));
    const withSecret: Record<string, unknown> = { SLUICE_SECRET: "another secret of the suite, 32+ characters" };
    const again = await start({ bindings: withSecret }).fetch(PATH, post({ text: "out of stock" }));
    expect(await again.clone().text()).toContain("wrote nothing");
    expect(await codeOf(again)).toBe("409 CONFLICT");
  });

  it("A23 may be asked for and seen by pages of other origins", async () => {
    const own = { Origin: ORIGIN };
    const preflight = await start().fetch(PATH, {
      method: "OPTIONS",
      headers: { ...own, "Access-Control-Request-Method": "POST" },
    });
    expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain("Idempotency-Key");
    const answer = await start().fetch(PATH, post(undefined, own));
    expect(answer.headers.get("Access-Control-Expose-Headers")).toContain("Idempotent-Replayed");
  });
});
