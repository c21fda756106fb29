/** Reads over a replica that lags: who may see what is old, and that nobody who has written does. */
import { beforeEach, describe, expect, it } from "vitest";
import { startLaggingReplica } from "../../support/lagging-replica.ts";
import { MERGE_PATCH } from "../../support/requests.ts";
import { ORIGIN, type Service, staff, startService } from "../../support/service.ts";
import { INPUT, type Product } from "../support/products.ts";

const TOKEN = { Authorization: "Bearer aaa.bbb.ccc" };
const API_KEY = { Authorization: "Bearer sluice_0123456789abcdef" };
const BOOKMARK = "X-Bookmark";

const replica = await startLaggingReplica();
const bindings = { DB: replica.database };

/** What the edge keeps spares the database, so that nothing could be seen of it. The type knows only the default. */
const withoutEdge = { ...bindings, SLUICE_EDGE: "off" } as unknown as Partial<Env>;

/** Each is a process of its own, which remembers nothing of what others asked. */
const anybody = () => startService({ bindings: withoutEdge });
const known = () => startService({ as: staff, bindings: withoutEdge });

type Headers = Record<string, string>;

async function make(headers: Headers = TOKEN, name = "made"): Promise<{ path: string; response: Response }> {
  const response = await known().fetch("/v1/products", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ ...INPUT, name }),
  });
  expect(response.status).toBe(201);
  const { id } = await response.clone().json<Product>();
  return { path: `/v1/products/${id}`, response };
}

function rename(path: string, name: string, headers: Headers = TOKEN): Promise<Response> {
  const body = JSON.stringify({ name });
  return known().fetch(path, {
    method: "PATCH",
    headers: { "Content-Type": MERGE_PATCH, "If-Match": "*", ...headers },
    body,
  });
}

async function nameAt(service: Service, path: string, headers: Headers = {}): Promise<string | number> {
  const response = await service.fetch(path, { headers });
  return response.ok ? (await response.json<Product>()).name : response.status;
}

function bookmarkOf(response: Response): string {
  const bookmark = response.headers.get(BOOKMARK);
  if (bookmark === null) throw new Error(`no bookmark in ${response.status}`);
  return bookmark;
}

let path: string;

/** A product that the replica has as "old" and the primary as "new". */
async function renamed(): Promise<string> {
  ({ path } = await make(TOKEN, "old"));
  await replica.catchUp();
  const answer = await rename(path, "new");
  expect(answer.status).toBe(200);
  replica.takeTrace();
  return bookmarkOf(answer);
}

beforeEach(async () => {
  await replica.catchUp();
  replica.takeTrace();
});

describe("C14 over a replica that lags", () => {
  it("anybody may see what is old, until the replica has caught up", async () => {
    await renamed();
    expect(await nameAt(anybody(), path)).toBe("old");
    await replica.catchUp();
    expect(await nameAt(anybody(), path)).toBe("new");
    expect(new Set(replica.takeTrace())).toEqual(new Set(["first-unconstrained", "replica"]));
  });

  it.each(["no-cache", "max-age=0", "no-store"])(
    "whoever asks by %s does not, with the edge and without",
    async (word) => {
      await renamed();
      for (const service of [anybody(), startService({ bindings })]) {
        expect(await nameAt(service, path, { "Cache-Control": word })).toBe("new");
      }
      expect(new Set(replica.takeTrace())).toEqual(new Set(["first-primary", "primary"]));
    },
  );

  it("a writer whose client knows no bookmarks never does", async () => {
    await renamed();
    expect(await nameAt(known(), path, TOKEN)).toBe("new");
    const { path: made } = await make();
    expect(await nameAt(known(), made, TOKEN)).toBe("made");
    expect(await nameAt(anybody(), made)).toBe(404);
  });

  it("a writer's bookmark is read from the primary, and from the replica as soon as that has caught up", async () => {
    const bookmark = await renamed();
    const headers = { ...TOKEN, [BOOKMARK]: bookmark };
    expect(await nameAt(known(), path, headers)).toBe("new");
    await make();
    await replica.catchUp(1);
    // Caught up with the bookmark, and not with what came after it.
    replica.takeTrace();
    expect(await nameAt(known(), path, headers)).toBe("new");
    expect(replica.takeTrace()).toEqual([expect.stringContaining("-lagging"), "replica"]);
  });

  it("a bookmark serves without credentials too", async () => {
    const bookmark = await renamed();
    expect(await nameAt(anybody(), path, { [BOOKMARK]: bookmark })).toBe("new");
    expect(await nameAt(anybody(), path)).toBe("old");
  });

  it("what a write read before it, and read behind it, is of one history", async () => {
    await renamed();
    const before = await known().fetch(path, { headers: TOKEN });
    const tag = before.headers.get("ETag") ?? "";
    replica.takeTrace();
    const response = await rename(path, "newer", { ...TOKEN, "If-Match": tag });
    expect([response.status, (await response.json<Product>()).name]).toEqual([200, "newer"]);
    const [start, ...calls] = replica.takeTrace();
    expect([start, calls.includes("write"), calls.includes("replica")]).toEqual(["first-primary", true, false]);
  });

  it("a write whose answer D1 lost is looked for at the primary, and read behind it", async () => {
    replica.loseNextWrite();
    const { path: made, response } = await make({ ...TOKEN, "Idempotency-Key": crypto.randomUUID() });
    expect(replica.takeTrace().at(-1)).toBe("primary");
    expect(await nameAt(known(), made, { ...TOKEN, [BOOKMARK]: bookmarkOf(response) })).toBe("made");
  });

  it("a write of which nobody can tell leads to the primary", async () => {
    const early = bookmarkOf((await make()).response);
    replica.loseNextWrite();
    const body = JSON.stringify({ ...INPUT, name: "untold" });
    const headers = { ...TOKEN, "Content-Type": "application/json", [BOOKMARK]: early };
    const untold = await known().fetch("/v1/products", { method: "POST", headers, body });
    expect(untold.status).toBeGreaterThanOrEqual(500);
    const list = await known().fetch("/v1/products?q=untold", {
      headers: { ...TOKEN, [BOOKMARK]: bookmarkOf(untold) },
    });
    expect((await list.json<{ data: unknown[] }>()).data).toHaveLength(1);
  });

  it("a write that is still under way when it is answered leads to the primary", async () => {
    await renamed();
    const late = replica.delayNextWrite();
    const untold = await rename(path, "late");
    expect(untold.status).toBeGreaterThanOrEqual(500);
    expect(bookmarkOf(untold)).toBe("primary");
    await replica.catchUp();
    await late();
    expect(await nameAt(known(), path, { ...TOKEN, [BOOKMARK]: bookmarkOf(untold) })).toBe("late");
  });

  it("is never older at the next read: an answer's bookmark is handed on", async () => {
    const bookmark = await renamed();
    const first = await known().fetch(path, { headers: { ...TOKEN, [BOOKMARK]: bookmark } });
    expect((await first.json<Product>()).name).toBe("new");
    const second = await known().fetch(path, { headers: { ...TOKEN, [BOOKMARK]: bookmarkOf(first) } });
    expect((await second.json<Product>()).name).toBe("new");
    // Somebody else's write was seen: from then on it is, also by who began with an old bookmark.
    await rename(path, "newer");
    const seen = await known().fetch(path, { headers: TOKEN });
    expect((await seen.json<Product>()).name).toBe("newer");
    expect(await nameAt(anybody(), path, { [BOOKMARK]: bookmarkOf(seen) })).toBe("newer");
    expect(await nameAt(anybody(), path)).toBe("old");
  });

  it("an API key reads at the primary whatever the bookmark, so that a revoked one is refused at once", async () => {
    const old = bookmarkOf((await make()).response);
    await renamed();
    await replica.catchUp(0);
    expect(await nameAt(known(), path, { ...API_KEY, [BOOKMARK]: old })).toBe("new");
    expect(replica.takeTrace()).toEqual(["first-primary", "primary"]);
  });

  it("a cookie does so too, with the edge and without", async () => {
    await renamed();
    const edge = startService({ bindings });
    for (let turn = 0; turn < 3; turn += 1) await nameAt(edge, path);
    await rename(path, "newer");
    for (const service of [anybody(), edge]) expect(await nameAt(service, path, { Cookie: "a=b" })).toBe("newer");
  });
});

describe("C14 what is no bookmark of ours leads to the primary, and is no error", () => {
  it.each<[string, (good: string) => string | Promise<string>]>([
    ["truncated", (good) => good.slice(0, -1)],
    ["altered", (good) => `${good[0] === "A" ? "B" : "A"}${good.slice(1)}`],
    ["two at once", (good) => `${good}, ${good}`],
    ["a constraint of D1's", () => "first-unconstrained"],
    ["a bookmark of D1's", () => "00000001-0000000a-lagging"],
    ["empty", () => ""],
    ["very long", () => "A".repeat(8000)],
    ["not of the letters of a token", () => "{\"a\": 'x'}; <%00>"],
    ["of a deployment with another secret", () => foreignBookmark()],
  ])("%s", async (_, forge) => {
    const forged = await forge(await renamed());
    for (const [service, headers] of [
      [known(), TOKEN],
      [anybody(), {}],
    ] as const) {
      replica.takeTrace();
      const response = await service.fetch(path, { headers: { ...headers, [BOOKMARK]: forged } });
      expect([response.status, (await response.json<Product>()).name]).toEqual([200, "new"]);
      expect(replica.takeTrace()).toEqual(["first-primary", "primary"]);
      // From here on it has a good one.
      expect(await nameAt(anybody(), path, { [BOOKMARK]: bookmarkOf(response) })).toBe("new");
    }
  });

  it("of a database that is no more", async () => {
    // Signed by us, and of no state that D1 knows.
    const { sealBookmark } = await import("#pipeline/route/bookmark-token.ts");
    const lost = await sealBookmark("a secret of the test suite, 32+ characters", "99999999-0000000a-lagging");
    await renamed();
    expect(await nameAt(known(), path, { ...TOKEN, [BOOKMARK]: lost })).toBe("new");
  });

  async function foreignBookmark(): Promise<string> {
    const secret = { SLUICE_SECRET: "the secret of another deployment, 32+" } as Partial<Env>;
    const elsewhere = startService({ as: staff, bindings: { ...bindings, ...secret } });
    return bookmarkOf(await elsewhere.fetch("/v1/products", { headers: TOKEN }));
  }
});

describe("C14 the bookmark of an answer", () => {
  it("is on what credentials or a bookmark came with: reads, HEAD, 304, problems, writes", async () => {
    const bookmark = await renamed();
    const service = known();
    const read = await service.fetch(path, { headers: TOKEN });
    // What shared caches may keep has none on its 304.
    const shopper = startService({ as: { ...staff, scopes: ["orders:read"] }, bindings: withoutEdge });
    const own = await shopper.fetch("/v1/orders?limit=1", { headers: TOKEN });
    const tag = own.headers.get("ETag") ?? "";
    const answers = [
      read,
      await service.fetch("/v1/products?limit=1", { headers: TOKEN }),
      await service.fetch(path, { method: "HEAD", headers: TOKEN }),
      await shopper.fetch("/v1/orders?limit=1", { headers: { ...TOKEN, "If-None-Match": tag } }),
      await service.fetch("/v1/products/prod_01hk2nvj80e8ev3rx1q7t4d6zz", { headers: TOKEN }),
      await rename(path, "stale", { ...TOKEN, "If-Match": '"v0-aaaaaaaa-aaaaaaaa"' }),
      await rename(path, "", TOKEN),
      await rename(path, "new again"),
      await service.fetch(path, { method: "DELETE", headers: { ...TOKEN, "If-Match": "*" } }),
      await anybody().fetch("/v1/products?limit=1", { headers: { [BOOKMARK]: bookmark } }),
      await anybody().fetch("/v1/products?limit=1", { headers: { [BOOKMARK]: "unreadable" } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 304, 404, 412, 422, 200, 204, 200, 200]);
    for (const answer of answers) expect(bookmarkOf(answer)).toMatch(/^[A-Za-z0-9_-]{50,512}$/);
  });

  it("is on nothing that everybody may share", async () => {
    await renamed();
    for (const headers of [{}, { Cookie: "a=b" }]) {
      for (const target of [path, "/v1/products?limit=1", "/v1/products/prod_01hk2nvj80e8ev3rx1q7t4d6zz"]) {
        const response = await anybody().fetch(target, { headers });
        expect(response.headers.get(BOOKMARK), target).toBeNull();
      }
    }
  });

  it("C13 is on nothing that shared caches may keep, nor on what they would write to it", async () => {
    const bookmark = await renamed();
    for (const edge of ["on", "off"]) {
      const service = startService({ bindings: { ...bindings, SLUICE_EDGE: edge } as unknown as Partial<Env> });
      for (const [target, caching] of [
        [path, "no-cache, no-transform"],
        ["/v1/products?limit=1", "no-cache"],
      ] as const) {
        // Of the state that the bookmark leads to.
        const { headers: present } = await service.fetch(target, { headers: { "Cache-Control": "no-cache" } });
        const tag = present.get("ETag") ?? "";
        for (const method of ["GET", "HEAD"]) {
          const own = await service.fetch(target, { method, headers: { [BOOKMARK]: bookmark } });
          expect([own.headers.get("Cache-Control"), own.headers.get("ETag")]).toEqual([`private, ${caching}`, tag]);
          expect(bookmarkOf(own)).not.toBe("");
          const headers = { [BOOKMARK]: bookmark, "If-None-Match": tag };
          const unchanged = await service.fetch(target, { method, headers });
          expect([unchanged.status, unchanged.headers.get(BOOKMARK)]).toEqual([304, null]);
          expect(unchanged.headers.get("Cache-Control")).toBe(`public, ${caching}`);
        }
        // What the edge keeps of it is for everybody still.
        expect((await service.fetch(target)).headers.get("Cache-Control")).toBe(`public, ${caching}`);
      }
    }
  });

  it("is not there where the database was not asked", async () => {
    const { path: made } = await make();
    for (const init of [
      { headers: { ...TOKEN, Accept: "image/png" } },
      { method: "PATCH", headers: { ...TOKEN, "Content-Type": "text/plain" }, body: "x" },
      { method: "OPTIONS", headers: TOKEN },
      { method: "PUT", headers: TOKEN },
    ]) {
      replica.takeTrace();
      const response = await known().fetch(made, init);
      expect([replica.takeTrace(), response.headers.get(BOOKMARK)], JSON.stringify(init)).toEqual([[], null]);
    }
  });

  it("of a replay is none that was kept: it leads to the primary", async () => {
    const headers = { ...TOKEN, "Idempotency-Key": crypto.randomUUID() };
    const early = bookmarkOf((await make()).response);
    await replica.catchUp();
    const first = await make(headers);
    const replayed = await make(headers);
    expect([replayed.path, replayed.response.headers.get("Idempotent-Replayed")]).toEqual([first.path, "true"]);
    // Whose first answer never came, and who still has an older bookmark, must find what was made.
    expect(await nameAt(known(), first.path, { ...TOKEN, [BOOKMARK]: early })).toBe(404);
    expect(bookmarkOf(replayed.response)).not.toBe(bookmarkOf(first.response));
    const after = { ...TOKEN, [BOOKMARK]: bookmarkOf(replayed.response) };
    expect(await nameAt(known(), first.path, after)).toBe("made");
  });

  it("can be sent and read by pages of origins that are let in", async () => {
    const service = anybody();
    const preflight = await service.fetch("/v1/products", {
      method: "OPTIONS",
      headers: { Origin: ORIGIN, "Access-Control-Request-Method": "GET" },
    });
    expect(preflight.headers.get("Access-Control-Allow-Headers")?.split(", ")).toContain(BOOKMARK);
    const read = await service.fetch("/v1/products", { headers: { Origin: ORIGIN } });
    expect(read.headers.get("Access-Control-Expose-Headers")?.split(", ")).toContain(BOOKMARK);
  });
});

describe("C14 the edge over a replica that lags", () => {
  it("begins at the primary, and reads on from what it saw there", async () => {
    await renamed();
    const isolate = startService({ bindings });
    const list = await isolate.fetch("/v1/products?limit=1&sort=-created_at");
    expect(list.headers.get("Cache-Status")).toContain("stored");
    expect(replica.takeTrace()).toEqual(["first-primary", "primary"]);
    expect(await nameAt(isolate, path)).toBe("new");
    expect(replica.takeTrace().at(-1)).toBe("primary");
    const { path: other } = await make(TOKEN, "other");
    await replica.catchUp();
    replica.takeTrace();
    expect(await nameAt(isolate, other)).toBe("other");
    expect(replica.takeTrace().at(-1)).toBe("replica");
  });
});
