/** Reads over a lagging replica: which callers may see an old state, and that a writer never does. */
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

/** The edge is off because its cache hides the reads of the database. The type of the setting has only its default. */
const withoutEdge = { ...bindings, SLUICE_EDGE: "off" } as unknown as Partial<Env>;

/** Each service is a new process without memory of earlier requests. */
const anonymous = () => startService({ bindings: withoutEdge });
const authenticated = () => startService({ as: staff, bindings: withoutEdge });

type Headers = Record<string, string>;

async function make(headers: Headers = TOKEN, name = "made"): Promise<{ path: string; response: Response }> {
  const response = await authenticated().fetch("/v1/products", {
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
  return authenticated().fetch(path, {
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

/** A product that is "old" on the replica and "new" on the primary. */
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

describe("C14 over a lagging replica", () => {
  it("shows an old state to callers without credentials until the replica has caught up", async () => {
    await renamed();
    expect(await nameAt(anonymous(), path)).toBe("old");
    await replica.catchUp();
    expect(await nameAt(anonymous(), path)).toBe("new");
    expect(new Set(replica.takeTrace())).toEqual(new Set(["first-unconstrained", "replica"]));
  });

  it.each(["no-cache", "max-age=0", "no-store"])(
    "shows the current state to a request with %s, with the edge and without",
    async (word) => {
      await renamed();
      for (const service of [anonymous(), startService({ bindings })]) {
        expect(await nameAt(service, path, { "Cache-Control": word })).toBe("new");
      }
      expect(new Set(replica.takeTrace())).toEqual(new Set(["first-primary", "primary"]));
    },
  );

  it("shows a writer its own write without a bookmark", async () => {
    await renamed();
    expect(await nameAt(authenticated(), path, TOKEN)).toBe("new");
    const { path: made } = await make();
    expect(await nameAt(authenticated(), made, TOKEN)).toBe("made");
    expect(await nameAt(anonymous(), made)).toBe(404);
  });

  it("reads a writer's bookmark from the primary, or from the replica once it has caught up", async () => {
    const bookmark = await renamed();
    const headers = { ...TOKEN, [BOOKMARK]: bookmark };
    expect(await nameAt(authenticated(), path, headers)).toBe("new");
    await make();
    await replica.catchUp(1);
    // The replica has reached the bookmark but not the write after it.
    replica.takeTrace();
    expect(await nameAt(authenticated(), path, headers)).toBe("new");
    expect(replica.takeTrace()).toEqual([expect.stringContaining("-lagging"), "replica"]);
  });

  it("accepts a bookmark without credentials", async () => {
    const bookmark = await renamed();
    expect(await nameAt(anonymous(), path, { [BOOKMARK]: bookmark })).toBe("new");
    expect(await nameAt(anonymous(), path)).toBe("old");
  });

  it("a conditional write reads before and after the write from the primary", async () => {
    await renamed();
    const before = await authenticated().fetch(path, { headers: TOKEN });
    const tag = before.headers.get("ETag") ?? "";
    replica.takeTrace();
    const response = await rename(path, "newer", { ...TOKEN, "If-Match": tag });
    expect([response.status, (await response.json<Product>()).name]).toEqual([200, "newer"]);
    const [start, ...calls] = replica.takeTrace();
    expect([start, calls.includes("write"), calls.includes("replica")]).toEqual(["first-primary", true, false]);
  });

  it("looks up a write at the primary if D1 loses its response", async () => {
    replica.loseNextWrite();
    const { path: made, response } = await make({ ...TOKEN, "Idempotency-Key": crypto.randomUUID() });
    expect(replica.takeTrace().at(-1)).toBe("primary");
    expect(await nameAt(authenticated(), made, { ...TOKEN, [BOOKMARK]: bookmarkOf(response) })).toBe("made");
  });

  it("a write with an unknown outcome returns a bookmark that leads to the primary", async () => {
    const early = bookmarkOf((await make()).response);
    replica.loseNextWrite();
    const body = JSON.stringify({ ...INPUT, name: "untold" });
    const headers = { ...TOKEN, "Content-Type": "application/json", [BOOKMARK]: early };
    const unknown = await authenticated().fetch("/v1/products", { method: "POST", headers, body });
    expect(unknown.status).toBeGreaterThanOrEqual(500);
    const list = await authenticated().fetch("/v1/products?q=untold", {
      headers: { ...TOKEN, [BOOKMARK]: bookmarkOf(unknown) },
    });
    expect((await list.json<{ data: unknown[] }>()).data).toHaveLength(1);
  });

  it("a write still in progress when its response is sent returns a bookmark that leads to the primary", async () => {
    await renamed();
    const late = replica.delayNextWrite();
    const unknown = await rename(path, "late");
    expect(unknown.status).toBeGreaterThanOrEqual(500);
    expect(bookmarkOf(unknown)).toBe("primary");
    await replica.catchUp();
    await late();
    expect(await nameAt(authenticated(), path, { ...TOKEN, [BOOKMARK]: bookmarkOf(unknown) })).toBe("late");
  });

  it("never goes back in time when the client passes each response's bookmark on", async () => {
    const bookmark = await renamed();
    const first = await authenticated().fetch(path, { headers: { ...TOKEN, [BOOKMARK]: bookmark } });
    expect((await first.json<Product>()).name).toBe("new");
    const second = await authenticated().fetch(path, { headers: { ...TOKEN, [BOOKMARK]: bookmarkOf(first) } });
    expect((await second.json<Product>()).name).toBe("new");
    // The response shows another caller's write. From then on its bookmark leads to that state, even for a caller that
    // began with an older bookmark.
    await rename(path, "newer");
    const seen = await authenticated().fetch(path, { headers: TOKEN });
    expect((await seen.json<Product>()).name).toBe("newer");
    expect(await nameAt(anonymous(), path, { [BOOKMARK]: bookmarkOf(seen) })).toBe("newer");
    expect(await nameAt(anonymous(), path)).toBe("old");
  });

  it("reads for an API key from the primary even with a bookmark, so that a revoked key is refused at once", async () => {
    const old = bookmarkOf((await make()).response);
    await renamed();
    await replica.catchUp(0);
    expect(await nameAt(authenticated(), path, { ...API_KEY, [BOOKMARK]: old })).toBe("new");
    expect(replica.takeTrace()).toEqual(["first-primary", "primary"]);
  });

  it("reads for a request with a cookie from the primary, with the edge and without", async () => {
    await renamed();
    const edge = startService({ bindings });
    for (let turn = 0; turn < 3; turn += 1) await nameAt(edge, path);
    await rename(path, "newer");
    for (const service of [anonymous(), edge]) expect(await nameAt(service, path, { Cookie: "a=b" })).toBe("newer");
  });
});

describe("C14 an invalid bookmark leads to the primary and is no error", () => {
  it.each<[string, (good: string) => string | Promise<string>]>([
    ["truncated", (good) => good.slice(0, -1)],
    ["altered", (good) => `${good[0] === "A" ? "B" : "A"}${good.slice(1)}`],
    ["two at once", (good) => `${good}, ${good}`],
    ["a D1 constraint", () => "first-unconstrained"],
    ["a D1 bookmark", () => "00000001-0000000a-lagging"],
    ["empty", () => ""],
    ["very long", () => "A".repeat(8000)],
    ["characters that no bookmark has", () => "{\"a\": 'x'}; <%00>"],
    ["from a deployment with another secret", () => foreignBookmark()],
  ])("%s", async (_, forge) => {
    const forged = await forge(await renamed());
    for (const [service, headers] of [
      [authenticated(), TOKEN],
      [anonymous(), {}],
    ] as const) {
      replica.takeTrace();
      const response = await service.fetch(path, { headers: { ...headers, [BOOKMARK]: forged } });
      expect([response.status, (await response.json<Product>()).name]).toEqual([200, "new"]);
      expect(replica.takeTrace()).toEqual(["first-primary", "primary"]);
      // The response carries a valid bookmark.
      expect(await nameAt(anonymous(), path, { [BOOKMARK]: bookmarkOf(response) })).toBe("new");
    }
  });

  it("from a database that does not exist any more", async () => {
    // The signature is valid, but D1 does not know the state.
    const { sealBookmark } = await import("#pipeline/route/bookmark-token.ts");
    const lost = await sealBookmark("a secret of the test suite, 32+ characters", "99999999-0000000a-lagging");
    await renamed();
    expect(await nameAt(authenticated(), path, { ...TOKEN, [BOOKMARK]: lost })).toBe("new");
  });

  async function foreignBookmark(): Promise<string> {
    const secret = { SLUICE_SECRET: "the secret of another deployment, 32+" } as Partial<Env>;
    const elsewhere = startService({ as: staff, bindings: { ...bindings, ...secret } });
    return bookmarkOf(await elsewhere.fetch("/v1/products", { headers: TOKEN }));
  }
});

describe("C14 the bookmark of a response", () => {
  it("is present if the request has credentials or a bookmark: reads, HEAD, 304, problems, writes", async () => {
    const bookmark = await renamed();
    const service = authenticated();
    const read = await service.fetch(path, { headers: TOKEN });
    // A 304 of a representation for shared caches has no bookmark.
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
      await anonymous().fetch("/v1/products?limit=1", { headers: { [BOOKMARK]: bookmark } }),
      await anonymous().fetch("/v1/products?limit=1", { headers: { [BOOKMARK]: "unreadable" } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 304, 404, 412, 422, 200, 204, 200, 200]);
    for (const answer of answers) expect(bookmarkOf(answer)).toMatch(/^[A-Za-z0-9_-]{50,512}$/);
  });

  it("is absent from responses that any caller may share", async () => {
    await renamed();
    for (const headers of [{}, { Cookie: "a=b" }]) {
      for (const target of [path, "/v1/products?limit=1", "/v1/products/prod_01hk2nvj80e8ev3rx1q7t4d6zz"]) {
        const response = await anonymous().fetch(target, { headers });
        expect(response.headers.get(BOOKMARK), target).toBeNull();
      }
    }
  });

  it("C13 is absent from responses that shared caches may keep, and from the 304 that would update them", async () => {
    const bookmark = await renamed();
    for (const edge of ["on", "off"]) {
      const service = startService({ bindings: { ...bindings, SLUICE_EDGE: edge } as unknown as Partial<Env> });
      for (const [target, caching] of [
        [path, "no-cache, no-transform"],
        ["/v1/products?limit=1", "no-cache"],
      ] as const) {
        // The state that the bookmark leads to.
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
        // The edge still holds the shared representation.
        expect((await service.fetch(target)).headers.get("Cache-Control")).toBe(`public, ${caching}`);
      }
    }
  });

  it("is absent if the database was not queried", async () => {
    const { path: made } = await make();
    for (const init of [
      { headers: { ...TOKEN, Accept: "image/png" } },
      { method: "PATCH", headers: { ...TOKEN, "Content-Type": "text/plain" }, body: "x" },
      { method: "OPTIONS", headers: TOKEN },
      { method: "PUT", headers: TOKEN },
    ]) {
      replica.takeTrace();
      const response = await authenticated().fetch(made, init);
      expect([replica.takeTrace(), response.headers.get(BOOKMARK)], JSON.stringify(init)).toEqual([[], null]);
    }
  });

  it("of a replay leads to the primary and is not the stored one", async () => {
    const headers = { ...TOKEN, "Idempotency-Key": crypto.randomUUID() };
    const early = bookmarkOf((await make()).response);
    await replica.catchUp();
    const first = await make(headers);
    const replayed = await make(headers);
    expect([replayed.path, replayed.response.headers.get("Idempotent-Replayed")]).toEqual([first.path, "true"]);
    // A client that lost the first response and holds an older bookmark must find the created product.
    expect(await nameAt(authenticated(), first.path, { ...TOKEN, [BOOKMARK]: early })).toBe(404);
    expect(bookmarkOf(replayed.response)).not.toBe(bookmarkOf(first.response));
    const after = { ...TOKEN, [BOOKMARK]: bookmarkOf(replayed.response) };
    expect(await nameAt(authenticated(), first.path, after)).toBe("made");
  });

  it("can be sent and read by pages of allowed origins", async () => {
    const service = anonymous();
    const preflight = await service.fetch("/v1/products", {
      method: "OPTIONS",
      headers: { Origin: ORIGIN, "Access-Control-Request-Method": "GET" },
    });
    expect(preflight.headers.get("Access-Control-Allow-Headers")?.split(", ")).toContain(BOOKMARK);
    const read = await service.fetch("/v1/products", { headers: { Origin: ORIGIN } });
    expect(read.headers.get("Access-Control-Expose-Headers")?.split(", ")).toContain(BOOKMARK);
  });
});

describe("C14 the edge over a lagging replica", () => {
  it("starts at the primary and continues from the state seen there", async () => {
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
