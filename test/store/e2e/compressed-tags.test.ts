/**
 * Every read-modify-write cycle through a proxy that compresses and weakens entity tags, as Cloudflare's edge does. The
 * resources and the operations that honour `If-Match` come from the OpenAPI document, so a new resource is covered
 * without a change here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import document from "#schema/openapi/openapi.json";
import { applyMigrations } from "../../../scripts/local/migrate.ts";
import { seedEmptyStore } from "../../../scripts/local/seed.ts";
import { DEMO_PASSWORD } from "../../../scripts/seed/demo.ts";
import { withDatabase } from "../../../scripts/soak/shop.ts";
import { tokenOfPerson } from "../../../scripts/token/obtain.ts";
import { PROJECT_DIRECTORY } from "../../../scripts/wrangler-command.ts";
import { freePort, type StartProcess, start } from "../../e2e/start-process.ts";
import { type CompressingProxy, startCompressingProxy } from "./compressing-proxy.ts";

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

const paths = document.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>; // JSON in the shape of OpenAPI

const honoursTags = (operation: Operation | undefined) =>
  operation?.parameters?.some(({ name }) => name === "If-Match") === true;

/** The actions below a resource's path: `pay`, `rotate`. */
function verbsOf(path: string): string[] {
  const below = Object.keys(paths).filter((other) => other.startsWith(`${path}/`));
  return below.filter((other) => honoursTags(paths[other]?.["post"]));
}

const guarded = Object.keys(paths).filter(
  (path) =>
    /(\}|\/me)$/.test(path) &&
    (honoursTags(paths[path]?.["patch"]) || honoursTags(paths[path]?.["delete"]) || verbsOf(path).length > 0),
);
const cycles = guarded.flatMap((path) =>
  Object.keys(paths[path]?.["get"]?.responses["200"]?.content ?? {}).map((format) => ({ path, format })),
);

const directory = mkdtempSync(join(tmpdir(), "sluice-compressed-"));
let service: StartProcess;
let proxy: CompressingProxy;
let direct = "";
let token = "";

beforeAll(async () => {
  await withDatabase(directory, async (database) => {
    await applyMigrations(database, join(PROJECT_DIRECTORY, "migrations"));
    await seedEmptyStore(database, () => undefined);
    // The rate limits of a single caller are not under test.
    await database.batch([["UPDATE users SET plan = 'internal'"]]);
  });
  const port = await freePort();
  service = start("--port", String(port), "--state", directory);
  await service.lineThatBegins("ready on ");
  direct = `http://127.0.0.1:${port}`;
  proxy = await startCompressingProxy(direct);
  token = await tokenOfPerson({ origin: direct, scope: undefined }, "admin@example.com", DEMO_PASSWORD);
});

afterAll(async () => {
  proxy?.close();
  service?.child.kill("SIGTERM");
  await service?.exited;
  rmSync(directory, { recursive: true, force: true });
});

function send(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> {
  return fetch(`${proxy.origin}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      "Accept-Encoding": "gzip, br",
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(method === "POST" ? { "Idempotency-Key": crypto.randomUUID() } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The tag of a response, which must have passed the proxy unchanged. */
async function tagOf(response: Response, status: number): Promise<string> {
  const what = `${response.status} ${response.url}`;
  expect(response.status, `${what}: ${await response.text()}`).toBe(status);
  expect(response.headers.get("ETag"), what).toMatch(/^"[\x21\x23-\x7e]+"$/);
  expect(response.headers.get("Content-Encoding"), what).toBeNull();
  return response.headers.get("ETag") ?? "";
}

const exampleOf = (operation: Operation | undefined, mediaType = "application/json") =>
  operation?.requestBody?.content[mediaType]?.example;

/** Members that an example cannot have because they depend on the caller. */
const OWN_BODIES: Readonly<Record<string, (example: object) => Promise<object>>> = {
  "/v1/orders": async (example) => ({ ...example, address_id: await idOf(await create("/v1/addresses")) }),
};

async function create(collection: string, headers: Record<string, string> = {}): Promise<Response> {
  const example = exampleOf(paths[collection]?.["post"]) as object; // an example of a JSON body
  return send("POST", collection, headers, (await OWN_BODIES[collection]?.(example)) ?? example);
}

async function idOf(created: Response): Promise<string> {
  expect(created.status).toBe(201);
  return (created.headers.get("Location") ?? "").split("/").at(-1) ?? "";
}

interface Item {
  readonly path: string;
  readonly etag: string;
}

/** A resource of the path and its tag, from its creation or, without a POST, from a read. */
async function oneOf(path: string, accept: Record<string, string>): Promise<Item> {
  const collection = path.slice(0, path.lastIndexOf("/"));
  if (path.endsWith("}") && paths[collection]?.["post"] !== undefined) {
    const created = await create(collection, accept);
    const location = new URL(created.headers.get("Location") ?? "", direct).pathname;
    return { path: location, etag: await tagOf(created, 201) };
  }
  const found = path.endsWith("}") ? await existing(collection) : path;
  return { path: found, etag: await tagOf(await send("GET", found, accept), 200) };
}

/** Accounts have no POST. Each call takes another account, because the test may delete it. */
let taken = 0;
async function existing(collection: string): Promise<string> {
  const response = await send("GET", `${collection}?filter[role]=customer&limit=50`);
  expect(response.status).toBe(200);
  const { data } = (await response.json()) as { data: readonly { id: string }[] }; // a list
  taken += 1;
  return `${collection}/${data[taken]?.id}`;
}

it("compresses and weakens responses that may be transformed", async () => {
  const response = await send("GET", "/v1/products?limit=1");
  expect(response.headers.get("Content-Encoding")).toBe("gzip");
  const weak = response.headers.get("ETag") ?? "";
  expect(weak).toMatch(/^W\/"/);
  // Reads still work: If-None-Match compares weakly.
  expect((await send("GET", "/v1/products?limit=1", { "If-None-Match": weak })).status).toBe(304);
});

it("finds the resources with guarded writes", () => {
  expect(guarded).toEqual(expect.arrayContaining(["/v1/products/{id}", "/v1/users/me", "/v1/orders/{id}"]));
  expect(cycles.length).toBe(guarded.length * 3);
});

describe.each(cycles)("C19 $path as $format", ({ path, format }) => {
  const accept = { Accept: format };

  it.runIf(honoursTags(paths[path]?.["patch"]))(
    "reads, changes twice, changes again by a replay, and deletes",
    async () => {
      const { patch, delete: deletion } = paths[path] ?? {};
      const item = await oneOf(path, accept);
      const change = (etag: string, mediaType: string, body: unknown, key?: string) =>
        send(
          "PATCH",
          item.path,
          {
            ...accept,
            "If-Match": etag,
            "Content-Type": mediaType,
            ...(key === undefined ? {} : { "Idempotency-Key": key }),
          },
          body,
        );
      const merge = "application/merge-patch+json";
      const read = await send("GET", item.path, accept);
      const caching = read.headers.get("Cache-Control");
      const before = await tagOf(read, 200);
      const unchanged = await send("GET", item.path, { ...accept, "If-None-Match": before });
      expect(await tagOf(unchanged, 304)).toBe(before);
      expect(unchanged.headers.get("Cache-Control")).toBe(caching);
      // The tag of the creation, or of the read for a resource without one.
      const first = await tagOf(await change(item.etag, merge, exampleOf(patch, merge)), 200);
      const second = await tagOf(await change(first, merge, {}), 200);
      expect(second).toBe(first);
      const third = await tagOf(await change(second, "application/json-patch+json", []), 200);
      const key = crypto.randomUUID();
      const once = await tagOf(await change(third, merge, {}, key), 200);
      const replay = await change(third, merge, {}, key);
      expect(replay.headers.get("Idempotent-Replayed")).toBe("true");
      const replayed = await tagOf(replay, 200);
      expect(replayed).toBe(once);
      const again = await tagOf(await change(replayed, merge, {}), 200);
      if (deletion !== undefined) {
        expect((await send("DELETE", item.path, { "If-Match": again })).status).toBe(204);
      }
    },
  );

  it.runIf(verbsOf(path).length > 0)("accepts the tag of each response for the next transition", async () => {
    const left = new Set(verbsOf(path));
    while (left.size > 0) {
      const before = left.size;
      let { path: itemPath, etag } = await oneOf(path, accept);
      for (const verb of left) {
        const target = `${itemPath}${verb.slice(path.length)}`;
        const response = await send("POST", target, { ...accept, "If-Match": etag }, exampleOf(paths[verb]?.["post"]));
        // The state does not allow it, so another resource of the path is used.
        if (response.status === 409) continue;
        etag = await tagOf(response, 200);
        left.delete(verb);
      }
      expect([...left], "no new resource can make these transitions").not.toHaveLength(before);
      expect(await tagOf(await send("GET", itemPath, accept), 200)).toBe(etag);
    }
  });
});
