/** Section d of the semantics, over HTTP: cursors, links, limits and snapshots. */

import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Principal } from "#core/contract/principal.ts";
import worker from "../../../src/worker.ts";
import { idsOf, type ListBody, linksOf, parametersOf, refusalOf } from "../../support/lists.ts";
import { customer, START, staff, startService } from "../../support/service.ts";
import {
  changeRow,
  deleteRow,
  emptyCatalogue,
  fillCatalogue,
  idOf,
  inOrder,
  insertRows,
  rowOf,
} from "../products/catalogue.ts";
import { list, pathOf, walk } from "../products/walk.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

const OTHER_CLERK: Principal = {
  kind: "user",
  id: "user_01hzz0000000000000000000cc",
  roles: ["staff"],
  scopes: ["products:write"],
  credential: "token",
};

const anonymous = startService();
const clerk = startService({ as: staff });

beforeEach(emptyCatalogue);

async function refused(parameters: Record<string, string | number | undefined>, service = anonymous) {
  return refusalOf(await service.fetch(pathOf(parameters)));
}

describe("walking by cursor", () => {
  it.each([1, 2, 7, 100])(
    "D01 returns each of many rows with equal keys once, in a total order, %i at a time",
    async (limit) => {
      const same = Array.from({ length: 15 }, (_, n) => rowOf(n, { price: 500, name: "Same", createdAt: START - DAY }));
      const others = Array.from({ length: 10 }, (_, n) => rowOf(100 + n));
      await insertRows([...same, ...others]);
      for (const sort of ["price", "-price", "name,-price", "-created_at,price,name", "price,-name"]) {
        const pages = await walk(anonymous, { sort, limit });
        expect(idsOf(...pages), sort).toEqual(inOrder([...same, ...others], sort).map((row) => row.id));
        for (const page of pages.slice(0, -1)) expect(page.data).toHaveLength(limit);
      }
    },
  );

  it("D02 skips and repeats no row when rows are added and deleted before, at and after the cursor", async () => {
    const rows = await fillCatalogue(30);
    const order = inOrder(rows, "price").map((row) => row.id);
    const first = await list(anonymous, { sort: "price", limit: 10 });
    const anchor = order[9] ?? "";
    await deleteRow(anchor);
    await deleteRow(order[2] ?? "");
    await deleteRow(order[15] ?? "");
    await insertRows([
      rowOf(900, { price: 0 }),
      rowOf(901, { price: rows.find((row) => row.id === anchor)?.price ?? 0 }),
      rowOf(902, { price: 9999 }),
    ]);
    const rest: ListBody[] = [];
    for (let cursor = first.page.next; cursor !== null; cursor = rest.at(-1)?.page.next ?? null) {
      rest.push(await list(anonymous, { sort: "price", limit: 10, cursor }));
    }
    const seen = idsOf(first, ...rest);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => order.includes(id))).toEqual(order.filter((id) => id !== order[15]));
    expect(seen).toContain(idOf(902));
    expect(seen).not.toContain(idOf(900));
  });

  it("D03 links first, prev and next with absolute URLs and all other parameters, consistent with the body", async () => {
    await fillCatalogue(60);
    const asked = { limit: 5, sort: "name,-price", "filter[price][gte]": "0", fields: "name", q: "wal" };
    let path: string | undefined = pathOf(asked);
    let previous: string[] = [];
    for (let number = 0; path !== undefined; number += 1) {
      const response = await anonymous.fetch(path);
      const body = await response.json<ListBody>();
      const links = linksOf(response);
      expect(Object.keys(links).sort()).toEqual([
        "first",
        ...(body.page.next === null ? [] : ["next"]),
        ...(body.page.prev === null ? [] : ["prev"]),
      ]);
      expect(body.page.prev === null).toBe(number === 0);
      for (const [relation, href] of Object.entries(links)) {
        const { cursor, ...others } = parametersOf(href);
        expect(others).toEqual({ ...asked, limit: "5" });
        expect(cursor).toBe(relation === "first" ? undefined : Reflect.get(body.page, relation));
      }
      if (links["prev"] !== undefined) {
        expect(idsOf(await (await anonymous.fetch(links["prev"])).json<ListBody>())).toEqual(previous);
      }
      previous = idsOf(body);
      path = links["next"];
      expect(number).toBeLessThan(30);
    }
  });

  it("D04 pages back through the same pages", async () => {
    await fillCatalogue(23);
    for (const sort of ["-created_at", "price,-name", "-created_at,price,name"]) {
      const pages = await walk(anonymous, { sort, limit: 5 });
      let cursor = pages.at(-1)?.page.prev ?? null;
      const back: ListBody[] = [];
      while (cursor !== null) {
        const page: ListBody = await list(anonymous, { sort, limit: 5, cursor });
        back.unshift(page);
        cursor = page.page.prev;
      }
      expect(back.map((page) => idsOf(page))).toEqual(pages.slice(0, -1).map((page) => idsOf(page)));
    }
  });

  it("D05 refuses a cursor with any altered character, and every prefix of a cursor", async () => {
    await fillCatalogue(3);
    const cursor = (await list(anonymous, { limit: 1 })).page.next ?? "";
    const flipped = Array.from(
      cursor,
      (character, at) => `${cursor.slice(0, at)}${character === "A" ? "B" : "A"}${cursor.slice(at + 1)}`,
    );
    const cuts = Array.from({ length: cursor.length - 1 }, (_, at) => cursor.slice(0, at + 1));
    const odd = [
      "x",
      "====",
      "null",
      "0",
      "%",
      "\u{1F3A7}",
      `${cursor}A`,
      `${cursor}=`,
      ` ${cursor}`,
      "../../etc/passwd",
    ];
    for (const altered of [...flipped, ...cuts, ...odd]) {
      const answer = await refused({ limit: 1, cursor: altered });
      expect(answer, altered).toMatchObject({ status: 400, type: "invalid-cursor", parameters: ["cursor"] });
    }
  });

  it("D05 refuses a cursor of another filter, search, sort or token kind, but accepts an equivalent spelling of the list", async () => {
    await fillCatalogue(40);
    const asked = { limit: 1, sort: "price", "filter[category]": "tents,cameras", "filter[price][gte]": 0 };
    const cursor = (await list(anonymous, asked)).page.next ?? "";
    const snapshot = (await list(clerk, { ...asked, page: 1 })).page.snapshot ?? "";
    const others = [
      { ...asked, sort: "-price" },
      { ...asked, sort: "price,name" },
      { ...asked, sort: undefined },
      { ...asked, "filter[category]": "tents" },
      { ...asked, "filter[category]": undefined },
      { ...asked, "filter[price][gte]": 1 },
      { ...asked, "filter[price][lte]": 5000 },
      { ...asked, "filter[brand]": "acme" },
      { ...asked, q: "trail" },
    ];
    for (const other of others)
      expect(await refused({ ...other, cursor })).toMatchObject({ status: 400, type: "invalid-cursor" });
    expect(await refused({ ...asked, cursor: snapshot })).toMatchObject({ status: 400, type: "invalid-cursor" });
    const expected = idsOf(await list(anonymous, { ...asked, cursor }));
    for (const same of [
      { ...asked, "filter[category]": "cameras,tents" },
      { ...asked, "filter[category]": "tents,cameras,tents" },
      { ...asked, fields: "id" },
      { ...asked, facets: "brand" },
    ])
      expect(idsOf(await list(anonymous, { ...same, cursor }))).toEqual(expected);
  });

  it("D05 refuses a cursor signed by another deployment", async () => {
    await fillCatalogue(3);
    const cursor = (await list(anonymous, { limit: 1 })).page.next ?? "";
    const other = startService({
      bindings: { SLUICE_SECRET: "another secret of 32 characters or more" } as Partial<Env>, // the generated type has no secrets
    });
    expect(await refused({ limit: 1, cursor }, other)).toMatchObject({ status: 400, type: "invalid-cursor" });
  });

  it("C01 a list has another tag in a deployment whose cursors differ", async () => {
    await fillCatalogue(3);
    const other = startService({
      bindings: { SLUICE_SECRET: "another secret of 32 characters or more" } as Partial<Env>, // the generated type has no secrets
    });
    const kept = await anonymous.fetch(pathOf({ limit: 1 }));
    const condition = { headers: { "If-None-Match": kept.headers.get("ETag") ?? "" } };
    expect((await anonymous.fetch(pathOf({ limit: 1 }), condition)).status).toBe(304);
    const again = await other.fetch(pathOf({ limit: 1 }), condition);
    expect(again.status).toBe(200);
    const { page } = await again.json<ListBody>();
    expect((await list(other, { limit: 1, cursor: page.next ?? "" })).data).toHaveLength(1);
  });

  it("C01 an unchanged list is 304 only while its cursors are valid", async () => {
    await fillCatalogue(3);
    const service = startService();
    let kept = await service.fetch(pathOf({ limit: 1 }));
    const { page } = await kept.clone().json<ListBody>();
    const since = () => ({ headers: { "If-Modified-Since": kept.headers.get("Last-Modified") ?? "" } });
    expect((await service.fetch(pathOf({ limit: 1 }), since())).status).toBe(304);
    service.advance(4 * DAY);
    expect(await refused({ limit: 1, cursor: page.next ?? "" }, service)).toMatchObject({ type: "cursor-expired" });
    kept = await service.fetch(pathOf({ limit: 1 }), since());
    expect(kept.status).toBe(200);
    expect(Date.parse(kept.headers.get("Last-Modified") ?? "")).toBeLessThanOrEqual(service.now());
    const next = (await kept.clone().json<ListBody>()).page.next ?? "";
    expect((await list(service, { limit: 1, cursor: next })).data).toHaveLength(1);
    expect((await service.fetch(pathOf({ limit: 1 }), since())).status).toBe(304);
  });

  it("D05 distinguishes an expired cursor from an invalid one", async () => {
    await fillCatalogue(3);
    const service = startService();
    const cursor = (await list(service, { limit: 1 })).page.next ?? "";
    service.advance(3 * DAY);
    await list(service, { limit: 1, cursor });
    service.advance(DAY);
    expect(await refused({ limit: 1, cursor }, service)).toMatchObject({
      status: 400,
      type: "cursor-expired",
      parameters: ["cursor"],
    });
  });

  it("D05 validates a cursor before it returns 304", async () => {
    await fillCatalogue(3);
    for (const query of ["cursor=AAAA", "sort=stock", "facets=price", "snapshot=x"]) {
      const response = await anonymous.fetch(`/v1/products?${query}`, { headers: { "If-None-Match": "*" } });
      expect(response.status, query).toBe(400);
    }
  });

  it("D06 a cursor of the public list works for every caller, and a deleted row is not returned", async () => {
    await fillCatalogue(3);
    const first = await list(clerk, { limit: 1, sort: "name" });
    const next = await list(anonymous, { limit: 1, sort: "name", cursor: first.page.next ?? "" });
    await deleteRow(idsOf(next)[0] ?? "");
    const again = await list(anonymous, { limit: 1, sort: "name", cursor: first.page.next ?? "" });
    expect(idsOf(again)).not.toEqual(idsOf(next));
  });

  it.each([
    "0",
    "-1",
    "+1",
    "1.5",
    "1.0",
    "abc",
    "1e3",
    "",
    " ",
    "1 ",
    "0x10",
    "101",
    "1000000000000000000000",
    "٣",
    "NaN",
    "null",
  ])("D07 refuses limit=%j with the name of the parameter and its maximum", async (limit) => {
    const answer = await refused({ limit });
    expect(answer).toMatchObject({ status: 400, type: "invalid-parameter", parameters: ["limit"] });
    expect(answer.details?.[0]).toMatch(/\b1 to 100\b/);
  });

  it("D07 has a default limit, accepts the minimum and the maximum, and may change between pages", async () => {
    const rows = await fillCatalogue(130);
    const order = inOrder(rows, "-created_at").map((row) => row.id);
    const first = await list(anonymous);
    expect(first.page.limit).toBe(20);
    expect(idsOf(first)).toEqual(order.slice(0, 20));
    const second = await list(anonymous, { limit: 100, cursor: first.page.next ?? "" });
    const third = await list(anonymous, { limit: 1, cursor: second.page.next ?? "" });
    expect(idsOf(second, third)).toEqual(order.slice(20, 121));
    expect(third.page.limit).toBe(1);
  });

  it("D08 refuses a page with a cursor, and a snapshot without a page", async () => {
    await fillCatalogue(3);
    const cursor = (await list(clerk, { limit: 1 })).page.next ?? "";
    const snapshot = (await list(clerk, { limit: 1, page: 1 })).page.snapshot ?? "";
    expect(await refused({ limit: 1, page: 1, cursor }, clerk)).toMatchObject({
      status: 400,
      type: "invalid-parameter",
      parameters: ["page"],
    });
    for (const service of [clerk, anonymous])
      expect(await refused({ limit: 1, snapshot }, service)).toMatchObject({ status: 400, parameters: ["snapshot"] });
    expect(await refused({ limit: 1, snapshot, cursor }, clerk)).toMatchObject({ status: 400 });
  });

  it("D09 an empty list is an empty page without `next` and `prev`", async () => {
    const response = await anonymous.fetch("/v1/products");
    expect(response.status).toBe(200);
    expect(Object.keys(linksOf(response))).toEqual(["first"]);
    expect(await response.json()).toEqual({ data: [], page: { next: null, prev: null, has_more: false, limit: 20 } });
  });

  it("D10 a page after the end is empty and links back", async () => {
    await fillCatalogue(3);
    const first = await list(anonymous, { limit: 2, sort: "name" });
    const cursor = first.page.next ?? "";
    for (const id of idsOf(await list(anonymous, { limit: 2, sort: "name", cursor }))) await deleteRow(id);
    const beyond = await list(anonymous, { limit: 2, sort: "name", cursor });
    expect(beyond).toMatchObject({ data: [], page: { next: null, has_more: false } });
    expect(idsOf(await list(anonymous, { limit: 2, sort: "name", cursor: beyond.page.prev ?? "" }))).toEqual(
      idsOf(first),
    );
  });

  it("D12 refuses unknown parameters by name, also for total counts", async () => {
    for (const name of ["count", "offset", "Limit", "page[size]", "filter", "__proto__", "constructor"])
      expect(await refused({ [name]: "1" }), name).toMatchObject({
        status: 400,
        type: "invalid-parameter",
        parameters: [name],
      });
  });

  it("D13 distinguishes rows that are a millisecond apart", async () => {
    const rows = Array.from({ length: 12 }, (_, n) => rowOf(n, { createdAt: 1_769_860_800_000 + (n % 3) }));
    await insertRows(rows);
    for (const sort of ["created_at", "-created_at"])
      expect(idsOf(...(await walk(anonymous, { sort, limit: 1 })))).toEqual(inOrder(rows, sort).map((row) => row.id));
  });

  it("a page of the largest products is smaller than a megabyte in each format", async () => {
    const rows = Array.from({ length: 100 }, (_, n) =>
      rowOf(n, {
        name: "\u{1F3A7}".repeat(200),
        description: "\u{1F3A7}".repeat(2000),
        category: "c".repeat(60),
        brand: "b".repeat(60),
      }),
    );
    await insertRows(rows);
    for (const accept of ["application/json", "application/hal+json", "application/vnd.api+json"]) {
      const response = await anonymous.fetch("/v1/products?limit=100", { headers: { Accept: accept } });
      expect((await response.arrayBuffer()).byteLength).toBeLessThan(1_000_000);
    }
  });
});

describe("snapshots", () => {
  const pageOf = (page: number, snapshot?: string, more: Record<string, string | number> = {}) =>
    list(clerk, { page, snapshot, limit: 10, sort: "price,-name", ...more });

  it("D snapshot keeps membership and order when rows are added, deleted and changed", async () => {
    const rows = await fillCatalogue(35);
    const order = inOrder(rows, "price,-name").map((row) => row.id);
    const first = await pageOf(1);
    const snapshot = first.page.snapshot ?? "";
    await insertRows([rowOf(500, { price: 0 }), rowOf(501, { price: 9999 }), rowOf(502)]);
    await deleteRow(order[3] ?? "");
    await deleteRow(order[17] ?? "");
    await changeRow(order[34] ?? "", "price_amount", 0);
    await changeRow(order[0] ?? "", "name", "Zzz");
    const pages = [
      await pageOf(1, snapshot),
      await pageOf(2, snapshot),
      await pageOf(3, snapshot),
      await pageOf(4, snapshot),
    ];
    expect(idsOf(...pages)).toEqual(order);
    expect(await pageOf(2, snapshot)).toEqual(pages[1]);
    // A new snapshot has the present state.
    expect(idsOf(await pageOf(1))).toContain(idOf(500));
  });

  it("D snapshot shows each row in its current state, and a deleted row in its last state", async () => {
    const rows = await fillCatalogue(5);
    const { page, data } = await pageOf(1);
    const [changed, deleted] = idsOf({ page, data });
    await changeRow(changed ?? "", "stock", 77);
    await deleteRow(deleted ?? "");
    const again = await pageOf(1, page.snapshot);
    expect(again.data[0]).toEqual({ ...data[0], stock: 77 });
    expect(again.data[1]).toEqual(data[1]);
    expect(again.data).toHaveLength(rows.length);
    const single = await anonymous.fetch(`/v1/products/${deleted}`);
    expect(single.status).toBe(404);
  });

  it("D snapshot numbers pages in the body and in the links", async () => {
    await fillCatalogue(25);
    const asked = { page: 1, limit: 10, sort: "name", "filter[price][gte]": 0 };
    const first = await clerk.fetch(pathOf(asked));
    const body = await first.json<ListBody>();
    const snapshot = body.page.snapshot ?? "";
    expect(body.page).toEqual({ next: "2", prev: null, has_more: true, limit: 10, snapshot });
    const linked = (page: number) => pathOf({ ...asked, page, snapshot });
    const parametersOfLinks = (response: Response) =>
      Object.fromEntries(Object.entries(linksOf(response)).map(([relation, path]) => [relation, parametersOf(path)]));
    const at = (page: number) => parametersOf(linked(page));
    expect(parametersOfLinks(first)).toEqual({ first: at(1), next: at(2) });
    const second = await clerk.fetch(linked(2));
    expect((await second.json<ListBody>()).page).toEqual({ next: "3", prev: "1", has_more: true, limit: 10, snapshot });
    expect(parametersOfLinks(second)).toEqual({ first: at(1), prev: at(1), next: at(3) });
    const last = await clerk.fetch(linked(3));
    expect((await last.json<ListBody>()).page).toEqual({ next: null, prev: "2", has_more: false, limit: 10, snapshot });
    const beyond = await clerk.fetch(linked(50));
    expect(await beyond.json()).toMatchObject({ data: [], page: { next: null, prev: "3", has_more: false } });
  });

  it("D snapshot allows another limit between pages", async () => {
    const order = inOrder(await fillCatalogue(25), "price,-name").map((row) => row.id);
    const { page } = await pageOf(1);
    expect(idsOf(await pageOf(3, page.snapshot, { limit: 7 }))).toEqual(order.slice(14, 21));
  });

  it("D snapshot covers a search by relevance and a filtered list", async () => {
    await fillCatalogue(60);
    for (const filter of [
      { q: "trail" },
      { "filter[brand]": "acme,typhane" },
      { q: "*" },
      { "filter[brand]": "nobody" },
    ]) {
      const expected = idsOf(...(await walk(anonymous, { ...filter, limit: 50 })));
      const found = await list(clerk, { ...filter, page: 1, limit: 100 });
      expect(idsOf(found)).toEqual(expected);
    }
  });

  it("C13 a snapshot is private, and each snapshot has its own validators", async () => {
    await fillCatalogue(3);
    const response = await clerk.fetch("/v1/products?page=1");
    expect(response.headers.get("Cache-Control")).toBe("private, no-cache");
    const other = await clerk.fetch("/v1/products?page=1");
    expect(other.headers.get("ETag")).not.toBe(response.headers.get("ETag"));
    const snapshot = (await response.json<ListBody>()).page.snapshot;
    const path = pathOf({ page: 1, snapshot });
    const etag = (await clerk.fetch(path)).headers.get("ETag") ?? "";
    expect((await clerk.fetch(path, { headers: { "If-None-Match": etag } })).status).toBe(304);
    await insertRows([rowOf(99)]);
    expect((await clerk.fetch(path, { headers: { "If-None-Match": etag } })).status).toBe(200);
  });

  it("C01 a new snapshot is never 304 for an older one, whose token may have expired", async () => {
    await fillCatalogue(3);
    const service = startService({ as: staff });
    const first = await service.fetch(pathOf({ page: 1, limit: 1 }));
    const since = { headers: { "If-Modified-Since": first.headers.get("Last-Modified") ?? "" } };
    const { snapshot } = (await first.json<ListBody>()).page;
    service.advance(MINUTE);
    const again = await service.fetch(pathOf({ page: 1, limit: 1 }), since);
    expect(again.status).toBe(200);
    expect((await again.json<ListBody>()).page.snapshot).not.toBe(snapshot);
    // The same snapshot is 304 until it expires.
    const kept = await service.fetch(pathOf({ page: 1, limit: 1, snapshot }));
    const unmodified = { headers: { "If-Modified-Since": kept.headers.get("Last-Modified") ?? "" } };
    expect((await service.fetch(pathOf({ page: 1, limit: 1, snapshot }), unmodified)).status).toBe(304);
    service.advance(15 * MINUTE);
    expect((await service.fetch(pathOf({ page: 1, limit: 1, snapshot }), unmodified)).status).toBe(410);
  });

  it("D snapshot is limited to staff", async () => {
    const shopper = startService({ as: customer });
    for (const path of ["/v1/products?page=1", "/v1/products?page=2&snapshot=x", "/v1/products?page=1&cursor=x"]) {
      const response = await anonymous.fetch(path);
      expect(response.status).toBe(401);
      expect(response.headers.get("WWW-Authenticate")).toMatch(/^Bearer /);
      expect(await refusalOf(await shopper.fetch(path))).toMatchObject({ status: 403, type: "forbidden" });
    }
  });

  it("D06 snapshot of one principal is refused for another", async () => {
    await fillCatalogue(3);
    const snapshot = (await list(clerk, { page: 1 })).page.snapshot ?? "";
    const colleague = startService({ as: OTHER_CLERK });
    expect(await refused({ page: 1, snapshot }, colleague)).toMatchObject({ status: 400, parameters: ["snapshot"] });
    await list(clerk, { page: 1, snapshot });
  });

  it("D snapshot refuses a token that is altered or belongs to another list", async () => {
    await fillCatalogue(3);
    const asked = { page: 1, limit: 1, sort: "price" };
    const { page } = await list(clerk, asked);
    const snapshot = page.snapshot ?? "";
    const cursor = (await list(clerk, { limit: 1, sort: "price" })).page.next ?? "";
    const flipped = Array.from(
      snapshot,
      (character, at) => `${snapshot.slice(0, at)}${character === "A" ? "B" : "A"}${snapshot.slice(at + 1)}`,
    );
    const cuts = Array.from({ length: snapshot.length - 1 }, (_, at) => snapshot.slice(0, at + 1));
    for (const altered of [...flipped, ...cuts, cursor, `${snapshot}=`])
      expect(await refused({ ...asked, snapshot: altered }, clerk), altered).toMatchObject({
        status: 400,
        type: "invalid-parameter",
        parameters: ["snapshot"],
      });
    for (const other of [{ sort: "-price" }, { "filter[brand]": "acme" }, { q: "x" }])
      expect(await refused({ ...asked, ...other, snapshot }, clerk)).toMatchObject({
        status: 400,
        parameters: ["snapshot"],
      });
  });

  it("D snapshot token has the same length for every query", async () => {
    const short = (await list(clerk, { page: 1 })).page.snapshot ?? "";
    const long =
      (await list(clerk, { page: 1, q: "x".repeat(200), "filter[brand]": "y".repeat(60) })).page.snapshot ?? "";
    expect(long).toHaveLength(short.length);
    expect(short.length).toBeLessThan(150);
  });

  it("D snapshot expires after 15 minutes", async () => {
    await fillCatalogue(3);
    const service = startService({ as: staff });
    const snapshot = (await list(service, { page: 1 })).page.snapshot ?? "";
    service.advance(15 * MINUTE - 1);
    await list(service, { page: 1, snapshot });
    service.advance(1);
    expect(await refused({ page: 1, snapshot }, service)).toMatchObject({ status: 410, type: "snapshot-expired" });
  });

  it("D snapshot covers 10,000 items and refuses pages beyond", async () => {
    const { page } = await list(clerk, { page: 1, limit: 100 });
    expect((await list(clerk, { page: 100, limit: 100, snapshot: page.snapshot })).data).toEqual([]);
    const beyond = await refused({ page: 101, limit: 100, snapshot: page.snapshot }, clerk);
    expect(beyond).toMatchObject({ status: 400, type: "invalid-parameter", parameters: ["page"] });
    expect(beyond.detail).toContain("10000");
    for (const number of ["0", "-1", "1.5", "10001", "x", ""])
      expect(await refused({ page: number }, clerk)).toMatchObject({ status: 400, parameters: ["page"] });
  });

  it("D snapshot refuses facets", async () => {
    expect(await refused({ page: 1, facets: "brand" }, clerk)).toMatchObject({ status: 400, parameters: ["facets"] });
  });

  it("D snapshot is deleted by the scheduled run, and only after it has expired", async () => {
    const statement = "INSERT INTO snapshots (id, collection, members, expires_at) VALUES (?, 'products', '[]', ?)";
    const at = Date.UTC(2026, 5, 1);
    await env.DB.batch([
      env.DB.prepare(statement).bind("snap_old", at - 1),
      env.DB.prepare(statement).bind("snap_young", at + 1),
    ]);
    await worker.scheduled(createScheduledController({ scheduledTime: new Date(at), cron: "*/15 * * * *" }), env);
    const { results } = await env.DB.prepare("SELECT id FROM snapshots").all();
    expect(results).toEqual([{ id: "snap_young" }]);
  });
});
