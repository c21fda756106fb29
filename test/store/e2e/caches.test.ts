/**
 * The service behind independent caches: undici's as a private and as a shared cache, a proxy based on
 * `http-cache-semantics`, and curl's. Behind each of them no caller sees another caller's data, and no writer sees its
 * old state.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, cacheStores, type Dispatcher, interceptors, request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyMigrations } from "../../../scripts/local/migrate.ts";
import { seedEmptyStore } from "../../../scripts/local/seed.ts";
import { DEMO_CLIENT_SECRET, DEMO_PASSWORD } from "../../../scripts/seed/demo.ts";
import { withDatabase } from "../../../scripts/soak/shop.ts";
import { tokenOfClient, tokenOfPerson } from "../../../scripts/token/obtain.ts";
import { PROJECT_DIRECTORY } from "../../../scripts/wrangler-command.ts";
import { freePort, type StartProcess, start } from "../../e2e/start-process.ts";
import { type CachingProxy, startCachingProxy } from "./caching-proxy.ts";

const KINDS = ["undici, shared", "undici, a client's", "a shared proxy", "a client's proxy"] as const;
type Kind = (typeof KINDS)[number];
const SHARED: readonly Kind[] = ["undici, shared", "a shared proxy"];

const directory = mkdtempSync(join(tmpdir(), "sluice-caches-"));
let service: StartProcess;
let origin = "";
let staff = "";
let ada = "";
let bob = "";
let agents = 0;

beforeAll(async () => {
  await withDatabase(directory, async (database) => {
    await applyMigrations(database, join(PROJECT_DIRECTORY, "migrations"));
    await seedEmptyStore(database, () => undefined);
    // Without this the rate limits of the writer would be tested.
    await database.batch([["UPDATE users SET plan = 'internal'"]]);
  });
  const port = await freePort();
  service = start("--port", String(port), "--state", directory);
  await service.lineThatBegins("ready on ");
  origin = `http://127.0.0.1:${port}`;
  const asked = { origin, scope: undefined };
  [staff, ada, bob] = await Promise.all([
    tokenOfClient(asked, "demo-admin", DEMO_CLIENT_SECRET),
    tokenOfPerson(asked, "ada@example.com", DEMO_PASSWORD),
    tokenOfPerson(asked, "bob@example.com", DEMO_PASSWORD),
  ]);
});

afterAll(async () => {
  service?.child.kill("SIGTERM");
  await service?.exited;
  rmSync(directory, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Front {
  send(method: string, path: string, headers?: Record<string, string>, body?: unknown): Promise<Answer>;
  /** The statuses of the service's responses to requests for this path through this front. */
  asked(path: string, times: number): Promise<readonly number[]>;
}

/** Runs `use` with a new, empty cache of that kind, which has its own address. */
async function withFront(kind: Kind, use: (front: Front) => Promise<void>): Promise<void> {
  agents += 1;
  const own = { "user-agent": `front-${agents}`, "cf-connecting-ip": `10.9.0.${agents}` };
  const isShared = SHARED.includes(kind);
  const proxy = kind.endsWith("proxy") ? await startCachingProxy(origin, isShared) : undefined;
  const dispatcher = dispatcherOf(proxy, isShared);
  try {
    await use({
      async send(method, path, headers = {}, body) {
        const response = await request(`${proxy?.origin ?? origin}${path}`, {
          dispatcher,
          method: method as Dispatcher.HttpMethod,
          headers: { ...own, ...headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        return { status: response.statusCode, headers: Object.fromEntries(flat), body: await response.body.text() };
      },
      async asked(path, times) {
        const seen = () =>
          service.lines.filter(
            (line) => line.includes(`"${own["user-agent"]}"`) && line.includes(`"url.path":"${path}"`),
          );
        await expect.poll(() => seen().length).toBeGreaterThanOrEqual(times);
        return seen().map((line) => (JSON.parse(line) as Record<string, number>)["http.response.status_code"] ?? 0); // a line of the service's log
      },
    });
  } finally {
    proxy?.close();
    await dispatcher.close();
  }
}

function dispatcherOf(proxy: CachingProxy | undefined, isShared: boolean): Dispatcher {
  const agent = new Agent({ keepAliveTimeout: 1000 });
  if (proxy !== undefined) return agent;
  const store = new cacheStores.MemoryCacheStore();
  return agent.compose(interceptors.cache({ store, type: isShared ? "shared" : "private" }));
}

const as = (token: string) => ({ authorization: `Bearer ${token}` });

const PRODUCT = {
  name: "Cached lamp",
  description: "A lamp.",
  category: "lamps",
  price: { amount: 12_900, currency: "USD" },
  stock: 0,
};

/** A product with its own brand, so that its list is its own too. */
async function makeProduct(): Promise<{ path: string; list: string }> {
  const brand = `cached-${agents}`;
  const response = await fetch(`${origin}/v1/products`, {
    method: "POST",
    headers: { ...as(staff), "Content-Type": "application/json" },
    body: JSON.stringify({ ...PRODUCT, brand }),
  });
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: string }; // a product
  return { path: `/v1/products/${id}`, list: `/v1/products?filter[brand]=${brand}` };
}

function tagOf({ headers }: Answer): string {
  expect(headers["etag"]).toMatch(/^"/);
  return headers["etag"] ?? "";
}

describe.each(KINDS)("behind %s", (kind) => {
  it("C01 a client that polls gets the content once and then a 304", () =>
    withFront(kind, async (front) => {
      // An old product: undici stores a no-cache response only if it can compute a heuristic lifetime.
      const path = "/v1/products/prod_01hk24mtj6fnka55e09a4btv9s";
      const answers = [];
      for (let turn = 0; turn < 4; turn += 1) answers.push(await front.send("GET", path));
      expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(4).fill([200, answers[0]?.body]));
      expect(new Set(answers.map(tagOf)).size).toBe(1);
      // A 304 must repeat the Cache-Control of the 200, and on such a 304 undici drops the stored response.
      const forgets = kind.startsWith("undici");
      expect(await front.asked(path, 4)).toEqual(forgets ? [200, 304, 200, 304] : [200, 304, 304, 304]);
    }));

  it("C14 a writer never sees its old state, with or without its token", () =>
    withFront(kind, async (front) => {
      const { path, list } = await makeProduct();
      for (let round = 1; round <= (SHARED.includes(kind) ? 20 : 8); round += 1) {
        const headers = { ...as(staff), "content-type": "application/merge-patch+json", "if-match": "*" };
        const written = await front.send("PATCH", path, headers, { stock: round });
        expect(written.status).toBe(200);
        for (const who of [as(staff), {}]) {
          const read = await front.send("GET", path, who);
          expect(read).toMatchObject({ status: 200, body: expect.stringContaining(`"stock":${round},`) });
          if (!("authorization" in who)) expect(tagOf(read)).toBe(tagOf(written));
          expect((await front.send("GET", list, who)).body).toContain(`"stock":${round},`);
        }
      }
    }));

  it("C09 C12 formats and field selections of one product are never confused", () =>
    withFront(kind, async (front) => {
      const { path } = await makeProduct();
      const seen = new Map<string, Set<string>>();
      for (let turn = 0; turn < 3; turn += 1) {
        for (const accept of ["application/json", "application/hal+json", "application/vnd.api+json"]) {
          for (const query of ["", "?fields=id,name", "?fields=name,id"]) {
            const answer = await front.send("GET", `${path}${query}`, { accept });
            expect(answer.headers["content-type"]).toBe(accept);
            const key = `${accept} ${query === "" ? "" : "id,name"}`;
            seen.set(key, (seen.get(key) ?? new Set()).add(`${tagOf(answer)} ${answer.body}`));
          }
        }
      }
      expect(seen.size).toBe(6);
      expect([...seen.values()].map(({ size }) => size)).toEqual(Array(6).fill(1));
      expect(new Set([...seen.values()].flatMap((texts) => [...texts])).size).toBe(6);
    }));

  it("C18 a refusal is never reused", () =>
    withFront(kind, async (front) => {
      const refused: [string, Record<string, string>, number][] = [
        ["/v1/products/prod_01hk2nvj80e8ev3rx1q7t4d6zz", {}, 404],
        ["/v1/nothing", {}, 404],
        ["/v1/users/me", {}, 401],
        ["/v1/orders", as("nonsense"), 401],
        ["/v1/brands?limit=0", {}, 400],
      ];
      for (const [path, headers, status] of refused) {
        for (let turn = 0; turn < 2; turn += 1) {
          const answer = await front.send("GET", path, headers);
          expect([path, answer.status, answer.headers["cache-control"]]).toEqual([path, status, "no-store"]);
        }
        expect(await front.asked(path.split("?")[0] ?? "", 2)).toEqual([status, status]);
      }
    }));

  it("B14 a 429 only applies to its caller, and rate limit headers are never stale", () =>
    withFront(kind, async (front) => {
      const path = `/v1/products?q=lamp&facets=category,brand&limit=${KINDS.indexOf(kind) + 3}`;
      const remaining: number[] = [];
      let answer: Answer;
      do {
        answer = await front.send("GET", path);
        if (answer.status === 200) remaining.push(Number(answer.headers["x-ratelimit-remaining"]));
      } while (answer.status === 200 && remaining.length < 50);
      expect(answer.status).toBe(429);
      expect(remaining.length).toBeGreaterThan(5);
      // Tokens refill meanwhile, on a slow machine a few. A stale response would show the initial number.
      expect(remaining.at(-1)).toBeLessThan((remaining[0] ?? 0) / 2);
      const other = await front.send("GET", path, { "cf-connecting-ip": `10.8.0.${agents}` });
      expect(other).toMatchObject({ status: 200 });
    }));

  it("C08 HEAD has the headers of GET and no content", () =>
    withFront(kind, async (front) => {
      const { path } = await makeProduct();
      const got = await front.send("GET", path);
      const head = await front.send("HEAD", path);
      expect([head.status, head.body, tagOf(head)]).toEqual([200, "", tagOf(got)]);
    }));

  it("C19 the tag of a compressible response is valid for If-Match", () =>
    withFront(kind, async (front) => {
      // No cache here compresses. `no-transform` forbids intermediaries to do so.
      const { path } = await makeProduct();
      const got = await front.send("GET", path, { "accept-encoding": "gzip, br" });
      expect(got.headers["cache-control"]).toContain("no-transform");
      const headers = { ...as(staff), "content-type": "application/merge-patch+json", "if-match": tagOf(got) };
      expect((await front.send("PATCH", path, headers, { stock: 7 })).status).toBe(200);
    }));

  it("C13 requests of anonymous callers and staff alternate, and each reaches the service", () =>
    withFront(kind, async (front) => {
      const { list } = await makeProduct();
      for (let turn = 0; turn < 3; turn += 1) {
        const anonymous = await front.send("GET", list);
        const own = await front.send("GET", list, as(staff));
        expect([anonymous.status, own.status]).toEqual([200, 200]);
        expect(anonymous.headers["cache-control"]).toMatch(/^public, no-cache/);
        expect(anonymous.headers["server-timing"]).toBeUndefined();
      }
      // Rate limit headers prove nothing here: undici returns stored ones even after a 304 with new ones.
      expect(await front.asked("/v1/products", 6)).toHaveLength(6);
    }));
});

describe.each(SHARED)("two users on one URL behind %s", (kind) => {
  it.each(["/v1/users/me", "/v1/orders", "/v1/addresses"])("C13 get their own of %s", (path) =>
    withFront(kind, async (front) => {
      const seen = { ada: new Set<string>(), bob: new Set<string>() };
      for (let turn = 0; turn < 4; turn += 1) {
        for (const [name, token] of [["ada", ada] as const, ["bob", bob] as const]) {
          const answer = await front.send("GET", path, as(token));
          expect(answer.status).toBe(200);
          seen[name].add(`${tagOf(answer)} ${answer.body}`);
          const again = await front.send("GET", path, { ...as(token), "if-none-match": tagOf(answer) });
          expect([again.status, again.body]).toEqual([304, ""]);
        }
      }
      expect([seen.ada.size, seen.bob.size]).toEqual([1, 1]);
      expect([...seen.ada][0]).not.toBe([...seen.bob][0]);
      expect((await front.send("GET", path)).status).toBe(401);
    }),
  );
});

describe("curl", () => {
  const body = join(directory, "body");

  /** Returns the status. The content is in `body`. */
  function curl(...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile("curl", ["-sS", "-w", "%{http_code}", "-R", "-o", body, ...args], (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      );
    });
  }

  it("C01 gets a 304 with --etag-save and --etag-compare until the product changes", async () => {
    const { path } = await makeProduct();
    const tags = join(directory, "tags");
    const url = `${origin}${path}`;
    expect(await curl("--etag-save", tags, url)).toBe("200");
    expect(await curl("--etag-compare", tags, "--etag-save", tags, url)).toBe("304");
    const change = ["-X", "PATCH", "-H", `Authorization: Bearer ${staff}`, "-d", '{"stock":5}'];
    const guard = [
      "-H",
      `If-Match: ${readFileSync(tags, "utf8").trim()}`,
      "-H",
      "Content-Type: application/merge-patch+json",
    ];
    expect(await curl(...change, ...guard, url)).toBe("200");
    expect(await curl("--etag-compare", tags, "--etag-save", tags, url)).toBe("200");
    expect(readFileSync(body, "utf8")).toContain('"stock":5');
    expect(await curl("--etag-compare", tags, url)).toBe("304");
    expect(await curl(...change, ...guard, url)).toBe("412");
  });

  it("C06 C07 gets a 304 with -z for a date or the date of a file", async () => {
    const { path } = await makeProduct();
    const file = join(directory, "product.json");
    expect(await curl(`${origin}${path}`)).toBe("200");
    // With -R the file gets the date of Last-Modified.
    renameSync(body, file);
    expect(await curl("-z", file, `${origin}${path}`)).toBe("304");
    expect(await curl("-z", "Sun, 06 Nov 1994 08:49:37 GMT", `${origin}${path}`)).toBe("200");
  });
});
