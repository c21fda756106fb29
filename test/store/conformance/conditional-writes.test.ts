/** Conditional writes of products (RFC 9110 section 13, RFC 6585 section 3), in sequence and concurrently. */
import { beforeEach, describe, expect, it } from "vitest";
import { header, MERGE_PATCH, patch } from "../../support/requests.ts";
import { staff, startService } from "../../support/service.ts";
import {
  generationOfProducts,
  INPUT,
  type Made,
  makeProduct,
  post,
  storedProduct,
  storedState,
} from "../support/products.ts";

const FORMATS = ["application/json", "application/hal+json", "application/vnd.api+json"] as const;

const service = startService({ as: staff });
let made: Made;

beforeEach(async () => {
  service.advance(60_000);
  made = await makeProduct(service);
  service.advance(60_000);
});

function dateOf(offsetSeconds: number): string {
  return new Date(Date.parse(made.lastModified) + offsetSeconds * 1000).toUTCString();
}

describe.each([
  [
    "PATCH",
    (path: string, headers: Record<string, string>) => patch(service, path, MERGE_PATCH, { stock: 9 }, headers),
    200,
  ],
  [
    "DELETE",
    (path: string, headers: Record<string, string>) => service.fetch(path, { method: "DELETE", headers }),
    204,
  ],
] as const)("a conditional %s", (_method, write, success) => {
  it("C04 without a precondition is 428, and the detail names `If-Match`", async () => {
    const before = await storedState();
    const response = await write(made.path, {});
    expect(response.status).toBe(428);
    expect(header(response, "Cache-Control")).toBe("no-store");
    expect(await response.json()).toMatchObject({
      code: "PRECONDITION_REQUIRED",
      detail: expect.stringMatching("If-Match"),
    });
    // A date is too coarse: two changes may fall within the same second.
    for (const date of [dateOf(-1), dateOf(0), dateOf(5), "yesterday"]) {
      expect((await write(made.path, { "If-Unmodified-Since": date })).status, date).toBe(428);
    }
    expect((await write(made.path, { "If-Modified-Since": dateOf(0) })).status).toBe(428);
    expect((await write(made.path, { "If-None-Match": '"a"' })).status).toBe(428);
    expect(await storedState()).toEqual(before);
  });

  it.each<[string, () => Record<string, string>]>([
    ["another tag", () => ({ "If-Match": '"a"' })],
    ["a weak tag", () => ({ "If-Match": `W/${made.etag}` })],
    ["only weak tags", () => ({ "If-Match": `W/${made.etag}, W/"a"` })],
    ["no tag", () => ({ "If-Match": "" })],
    ["a bare tag", () => ({ "If-Match": made.etag.slice(1, -1) })],
    ["the beginning of the tag", () => ({ "If-Match": `${made.etag.slice(0, 12)}"` })],
    ["a list with a malformed member", () => ({ "If-Match": `${made.etag}, a` })],
    ["the wildcard in a list of tags", () => ({ "If-Match": `${made.etag}, *` })],
    ["If-None-Match with the wildcard", () => ({ "If-Match": made.etag, "If-None-Match": "*" })],
    ["If-None-Match with the tag", () => ({ "If-Match": made.etag, "If-None-Match": made.etag })],
    ["a stale tag with a good date", () => ({ "If-Match": '"a"', "If-Unmodified-Since": dateOf(5) })],
  ])("C03 %s is 412 and changes nothing", async (_name, headers) => {
    const before = await storedState();
    const response = await write(made.path, headers());
    expect(response.status).toBe(412);
    expect(header(response, "Cache-Control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ code: "PRECONDITION_FAILED" });
    expect(await storedState()).toEqual(before);
  });

  it("C03 the tag of another product in the same version is 412", async () => {
    const other = await makeProduct(service);
    expect((await write(other.path, { "If-Match": made.etag })).status).toBe(412);
  });

  it("C03 the tag of the list is 412", async () => {
    const etag = header(await service.fetch("/v1/products"), "ETag");
    expect((await write(made.path, { "If-Match": etag })).status).toBe(412);
  });

  it.each<[string, () => Record<string, string>]>([
    ["the tag", () => ({ "If-Match": made.etag })],
    ["the wildcard", () => ({ "If-Match": "*" })],
    ["a list", () => ({ "If-Match": `"a" ,W/${made.etag}, ${made.etag}` })],
    ["the tag with the date", () => ({ "If-Match": made.etag, "If-Unmodified-Since": dateOf(0) })],
    ["the tag with a stale date", () => ({ "If-Match": made.etag, "If-Unmodified-Since": dateOf(-5) })],
    ["If-None-Match with another tag", () => ({ "If-Match": made.etag, "If-None-Match": '"a"' })],
    ["a date that only applies to reads", () => ({ "If-Match": made.etag, "If-Modified-Since": dateOf(5) })],
  ])(`C03 %s is ${success}`, async (_name, headers) => {
    expect((await write(made.path, headers())).status).toBe(success);
  });

  it.each([
    ...FORMATS.map((format) => [format, ""] as const),
    ["application/json", "?fields=stock"] as const,
    ["application/hal+json", "?fields=name,id"] as const,
  ])(`C03 the tag of a GET as %s %s is ${success}`, async (format, query) => {
    const read = await service.fetch(`${made.path}${query}`, { headers: { Accept: format } });
    expect((await write(made.path, { "If-Match": header(read, "ETag") })).status).toBe(success);
    const stale = await write(made.path, { "If-Match": header(read, "ETag") });
    expect(stale.status).toBe(success === 200 ? 412 : 404);
  });
});

describe("C05 the response of a write equals the next GET", () => {
  it.each(FORMATS)("POST and PATCH as %s", async (format) => {
    const accept = { Accept: format };
    const created = await post(service, INPUT, accept);
    expect(created.status).toBe(201);
    expect(header(created, "Cache-Control")).toBe("no-store, no-transform");
    const location = header(created, "Location");
    expect(location).toMatch(/^https:\/\/api\.example\.test\/v1\/products\/prod_/);
    await expectSame(created, await service.fetch(location, { headers: accept }), format);

    const headers = { ...accept, "If-Match": header(created, "ETag") };
    const changed = await patch(service, location, MERGE_PATCH, { stock: 8 }, headers);
    expect(changed.status).toBe(200);
    expect(header(changed, "Cache-Control")).toBe("no-store, no-transform");
    expect(header(changed, "ETag")).not.toBe(header(created, "ETag"));
    await expectSame(changed, await service.fetch(location, { headers: accept }), format);
  });

  async function expectSame(written: Response, read: Response, format: string): Promise<void> {
    expect(read.status).toBe(200);
    for (const name of ["ETag", "Last-Modified", "Content-Type", "Vary"]) {
      expect(header(written, name), name).toBe(header(read, name));
    }
    expect(header(read, "Content-Type")).toBe(format);
    expect(await written.text()).toBe(await read.text());
  }
});

describe("C10 races", () => {
  it("exactly one of 20 changes with the same tag succeeds, and the others are 412", async () => {
    const generation = await generationOfProducts();
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        patch(service, made.path, MERGE_PATCH, { stock: 100 + index }, { "If-Match": made.etag }),
      ),
    );
    const statuses = responses.map((response) => response.status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
    const winner = responses.find((response) => response.status === 200);
    const { stock } = await bodyOfSuccess(winner);
    expect(await storedProduct(made.product.id)).toMatchObject({ version: 2, stock });
    expect(await generationOfProducts()).toBe(generation + 1);
  });

  it("exactly one of 20 deletions succeeds, and the others are 404 or 412", async () => {
    const responses = await Promise.all(
      Array.from({ length: 20 }, () =>
        service.fetch(made.path, { method: "DELETE", headers: { "If-Match": made.etag } }),
      ),
    );
    const statuses = responses.map((response) => response.status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412 || status === 404)).toHaveLength(19);
    expect(await storedProduct(made.product.id)).toMatchObject({ version: 2 });
  });

  it("exactly one of 20 mixed changes and deletions succeeds", async () => {
    const headers = { "If-Match": made.etag };
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0
          ? patch(service, made.path, MERGE_PATCH, { stock: 100 + index }, headers)
          : service.fetch(made.path, { method: "DELETE", headers }),
      ),
    );
    const winners = responses.filter((response) => response.ok);
    expect(winners).toHaveLength(1);
    for (const response of responses) expect([200, 204, 404, 412]).toContain(response.status);
    const stored = await storedProduct(made.product.id);
    expect(stored).toMatchObject({ version: 2 });
    expect(stored?.["deleted_at"] === null).toBe(winners[0]?.status === 200);
  });

  it("no change is lost if each client reads again and retries", async () => {
    async function addOne(): Promise<void> {
      for (;;) {
        const read = await service.fetch(made.path);
        const { stock } = await read.json<{ stock: number }>();
        const headers = { "If-Match": header(read, "ETag") };
        const response = await patch(service, made.path, MERGE_PATCH, { stock: stock + 1 }, headers);
        if (response.status === 200) return;
        expect(response.status).toBe(412);
      }
    }
    await Promise.all(Array.from({ length: 10 }, addOne));
    expect(await storedProduct(made.product.id)).toMatchObject({ stock: 13, version: 11 });
  });
});

async function bodyOfSuccess(response: Response | undefined): Promise<{ stock: number }> {
  if (response?.ok !== true) throw new Error("no product");
  return response.json();
}
