/**
 * The limits of a query: every link built from an accepted query is accepted, and all headers together stay below 8
 * KiB.
 */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { canonicalQuery } from "#features/caching/canonical-query.ts";
import { endpoints } from "../../../src/modules.ts";
import { insertPeople, person, principalOf, userId } from "../../features/accounts/people.ts";
import { headerBytes } from "../../support/documented.ts";
import { startLimited } from "../../support/limited.ts";
import { ORIGIN, type Service, startService } from "../../support/service.ts";
import { home, insertHomes } from "../addresses/homes.ts";
import { emptyShop, insertOrders, productId, stored } from "../orders/shop.ts";
import { emptyPeople } from "../support/people.ts";

const MAX_QUERY = 2000;
const APP = "https://app.example";
const FORMATS = ["application/json", "application/hal+json", "application/vnd.api+json"];
/** 200 characters of four bytes: the longest sort key in a cursor. */
const LONG = "\u{1d56c}".repeat(200);
const staffPerson = person(1, { role: "staff", name: LONG, email: longEmail(1) });
const staff = principalOf(staffPerson);

function longEmail(number: number): string {
  const host = `${"a".repeat(60)}.`.repeat(3);
  return `${String(number).padEnd(64, "x")}@${host}example`.slice(0, 254);
}

/** Every request header that makes the response's headers longer. */
const CALLER = {
  Origin: APP,
  "X-Correlation-Id": "c".repeat(128),
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  tracestate: `a=${"b".repeat(256)},c=${"d".repeat(240)}`,
  "X-Bookmark": "e".repeat(512),
};

const service = startLimited({
  as: staff,
  bindings: { SLUICE_CORS_ORIGINS: APP } as unknown as Partial<Env>, // the generated type has only the value of wrangler.toml
});

beforeAll(async () => {
  await emptyPeople();
  await emptyShop();
  const others = [2, 3, 4].map((number) => person(number, { name: LONG, email: longEmail(number) }));
  await insertPeople(staffPerson, ...others);
  await insertHomes(...[1, 2, 3, 4].map((number) => home(number, staffPerson.id, { name: LONG })));
  for (const number of [1, 2, 3, 4]) {
    await env.DB.prepare(
      "INSERT INTO products (id, name, description, category, brand, price_amount, price_currency, stock, created_at, updated_at) VALUES (?, ?, '', 'lamps', 'acme', 1000, 'USD', 50, 1, 1)",
    )
      .bind(productId(number), LONG)
      .run();
  }
  await insertOrders(...[1, 2, 3, 4].map((number) => stored(number, staffPerson.id)));
});

/** The lists with their longest sort, and a parameter of any length that still has matches. */
const LISTS = [
  [
    "/v1/products",
    { sort: "name,-price,created_at", "filter[brand]": "acme", facets: "category,brand" },
    "filter[brand]",
  ],
  ["/v1/users", { sort: "name,email,created_at", "filter[role]": "customer,staff" }, undefined],
  ["/v1/addresses", { sort: "name,created_at", "filter[user_id]": userId(1) }, undefined],
  ["/v1/orders", { sort: "total,created_at", include: "user,address,items.product,products" }, undefined],
] as const;

const FIELDS: Readonly<Record<string, string>> = {
  "/v1/products": "brand,category,created_at,description,id,name,price,stock,updated_at",
  "/v1/users": "created_at,email,id,name,role,updated_at",
  "/v1/addresses": "city,country,created_at,id,line1,line2,name,postal_code,region,updated_at,user_id",
  "/v1/orders": "address_id,created_at,id,items,status,total,updated_at,user_id",
};

/** A query of exactly `bytes` bytes in its canonical form. The added values of `filler` have no matches. */
function queryOf(
  given: Readonly<Record<string, string>>,
  filler: string | undefined,
  bytes: number,
  path = "/v1/products",
): string {
  const list = endpoints.find(({ contract }) => contract.path === path && contract.method === "GET");
  const contract = list?.contract ?? {};
  const parameters = new URLSearchParams(given);
  if (filler === undefined) return canonicalQuery(parameters, contract);
  const first = parameters.get(filler);
  const values: string[] = [];
  const written = () => {
    parameters.set(filler, [first, ...values].join());
    return canonicalQuery(parameters, contract);
  };
  // A comma takes three bytes, a character of another plane twelve. All values differ.
  for (let rest = bytes - written().length; rest > 0; rest = bytes - written().length) {
    const isLast = rest <= 400;
    const wide = isLast ? Math.max(0, Math.floor((rest - 4) / 12) - 1) : 20 + values.length;
    values.push("\u{1d56c}".repeat(wide) + "z".repeat(isLast ? rest - 3 - 12 * wide : 0));
  }
  expect(written()).toHaveLength(bytes);
  return written();
}

async function read(on: Service, url: string, format: string): Promise<{ response: Response; links: string[] }> {
  on.advance(10_000);
  const response = await on.fetch(url, { headers: { ...CALLER, Accept: format } });
  expect(response.status, `${url.length} ${await response.clone().text()}`).toBe(200);
  expect(headerBytes(response.headers), url).toBeLessThan(8192);
  const inHeader = Array.from((response.headers.get("Link") ?? "").matchAll(/<([^>]*)>/g), ([, href]) => href ?? "");
  const body = await response.json<{ page?: { next: string | null }; _links?: object; links?: object }>();
  return { response, links: [...inHeader, ...urlsIn(body._links), ...urlsIn(body.links)] };
}

function urlsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(urlsIn) : [];
}

describe.each(LISTS)("%s", (path, given, filler) => {
  const longest = queryOf({ ...given, limit: "1", fields: FIELDS[path] ?? "" }, filler, MAX_QUERY, path);

  it.each(FORMATS)("j every link of the longest query is accepted, in %s", async (format) => {
    const seen = new Set<string>();
    const queue = [`${ORIGIN}${path}${longest}`];
    for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
      if (seen.has(url)) continue;
      seen.add(url);
      queue.push(...(await read(service, url, format)).links.filter((href) => href.startsWith(`${ORIGIN}${path}?`)));
    }
    // At least four pages forward and one back.
    expect(seen.size).toBeGreaterThanOrEqual(5);
  });

  it("j the cursors of the longest keys are within the limit of a cursor", async () => {
    const { links } = await read(service, `${ORIGIN}${path}${longest}`, "application/vnd.api+json");
    const next = new URL(links.find((href) => href.includes("cursor=")) ?? "");
    expect(next.searchParams.get("cursor")?.length).toBeLessThanOrEqual(2048);
  });

  it.each(FORMATS)("j the links of a snapshot are accepted too, in %s", async (format) => {
    if (path === "/v1/addresses") return;
    const { facets: _, ...list } = { facets: "", ...given };
    const query = queryOf({ ...list, limit: "1", fields: FIELDS[path] ?? "" }, filler, MAX_QUERY, path);
    const { links } = await read(service, `${ORIGIN}${path}${query}&page=2`, format);
    expect(links.length).toBeGreaterThan(0);
    for (const href of links) await read(service, href, format);
  });
});

describe("a query that is too long", () => {
  beforeEach(() => {
    service.advance(60_000);
  });

  const given = { limit: "1", "filter[brand]": "acme" };

  it.each(FORMATS)("j is refused by the length of its canonical form, in %s", async (format) => {
    const headers = { ...CALLER, Accept: format };
    const query = queryOf(given, "filter[brand]", MAX_QUERY);
    expect((await service.fetch(`/v1/products${query}`, { headers })).status).toBe(200);
    const refused = await service.fetch(`/v1/products${query}z`, { headers });
    expect(refused.status).toBe(414);
    expect(await refused.json()).toMatchObject({ code: "URI_TOO_LONG", detail: expect.stringContaining("2000 bytes") });
  });

  it("j counts the escaped form of each character", async () => {
    const of = (count: number) => service.fetch(`/v1/products?q=${"'".repeat(count)}a`);
    // Three bytes each, plus `?q=` and the letter. The first text is too long for a search but not for a query.
    expect((await of(665)).status).toBe(400);
    expect((await of(666)).status).toBe(414);
  });

  it("j is also refused for unknown parameters and for a single resource", async () => {
    expect((await service.fetch(`/v1/products?${"x".repeat(1998)}`)).status).toBe(400);
    expect((await service.fetch(`/v1/products?${"x".repeat(1999)}`)).status).toBe(414);
    expect((await service.fetch(`/v1/products/${productId(1)}?fields=${"x".repeat(2000)}`)).status).toBe(414);
  });

  it("j does not count the cursor, which is validated on its own", async () => {
    const query = queryOf(given, "filter[brand]", MAX_QUERY);
    const of = (length: number) => service.fetch(`/v1/products${query}&cursor=${"A".repeat(length)}`);
    for (const length of [2048, 2049]) {
      const response = await of(length);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ parameter: "cursor" }] });
    }
  });
});

it("j a list on the longest host has small headers", async () => {
  const host = `${"a.".repeat(129)}a`;
  const caller = startService({ as: staff });
  const query = queryOf({ sort: "name", limit: "1", "filter[brand]": "acme" }, "filter[brand]", MAX_QUERY);
  const { response } = await read(caller, `https://${host}/v1/products${query}`, "application/json");
  expect(response.headers.get("Link")).toContain('rel="next"');
});

it("j a problem does not repeat the request in its headers", async () => {
  for (const path of [
    `/v1/products?${"x".repeat(7000)}=1`,
    `/${"y".repeat(8000)}`,
    `/v1/products/${"z".repeat(8000)}`,
  ]) {
    const response = await service.fetch(path, { method: "GET", headers: CALLER });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(headerBytes(response.headers)).toBeLessThan(3000);
  }
});

describe("a redirect that repeats the query", () => {
  const local = startService({ bindings: { SLUICE_PUBLIC_ORIGIN: "" } as unknown as Partial<Env> }); // as above

  it.each([
    ["to a path without its trailing slash", `${ORIGIN}/docs/?`, 308],
    ["to the name of a local server", "http://127.0.0.1:8787/account?", 303],
  ])("j %s keeps its headers small", async (_, start, status) => {
    const { length } = start;
    for (const characters of [4000, 5900]) {
      const response = await local.fetch(start + "x".repeat(characters - length), { headers: CALLER });
      expect(response.status).toBe(status);
      expect(headerBytes(response.headers)).toBeLessThan(8192);
    }
    for (const characters of [6100, 8192]) {
      const response = await local.fetch(start + "x".repeat(characters - length), { headers: CALLER });
      expect(response.status).toBe(414);
      expect(headerBytes(response.headers)).toBeLessThan(3000);
    }
  });
});
