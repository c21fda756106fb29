/** Addresses over HTTP: representations, fields, lists and their links. */
import { beforeEach, describe, expect, it } from "vitest";
import { ada, bob, insertPeople, serviceFor, stella } from "../../features/accounts/people.ts";
import { linksOf } from "../../support/lists.ts";
import { header, problemOf } from "../../support/requests.ts";
import { ORIGIN, startService } from "../../support/service.ts";
import { makeAddress } from "../addresses/homes.ts";
import { emptyPeople } from "../support/people.ts";

const PATH = "/v1/addresses";
const asAda = serviceFor(ada);

beforeEach(async () => {
  await emptyPeople();
  await insertPeople(ada, bob, stella);
});

describe("one address", () => {
  it("C01 has validators, is private and returns 304 for a current tag", async () => {
    const { path, etag } = await makeAddress(asAda);
    const response = await asAda.fetch(path);
    expect(header(response, "ETag")).toBe(etag);
    expect(header(response, "Cache-Control")).toBe("private, no-cache, no-transform");
    expect(header(response, "Vary")).toBe("Accept, Authorization, Origin");
    expect((await asAda.fetch(path, { headers: { "If-None-Match": etag } })).status).toBe(304);
    expect(header(await serviceFor(stella).fetch(path), "ETag")).not.toBe(etag);
  });

  it("E10 E01 is available in three formats and with selected fields", async () => {
    const { path, address } = await makeAddress(asAda);
    const { id, ...attributes } = address;
    const self = ORIGIN + path;
    const as = async (type: string) => (await asAda.fetch(path, { headers: { Accept: type } })).json();
    expect(await as("application/json")).toEqual(address);
    expect(await as("application/hal+json")).toMatchObject({ ...address, _links: { self: { href: self } } });
    expect(await as("application/vnd.api+json")).toMatchObject({
      data: { type: "addresses", id, attributes, links: { self } },
    });
    expect(await (await asAda.fetch(`${path}?fields=line2,city`)).json()).toEqual({
      id,
      city: "Albuquerque",
    });
  });

  it("G08 allows exactly these methods", async () => {
    const { path } = await makeAddress(asAda);
    const options = await asAda.fetch(path, { method: "OPTIONS" });
    expect(header(options, "Allow")).toBe("GET, HEAD, PATCH, DELETE, OPTIONS");
    expect(header(await asAda.fetch(PATH, { method: "OPTIONS" }), "Allow")).toBe("GET, HEAD, POST, OPTIONS");
    expect((await asAda.fetch(path, { method: "PUT" })).status).toBe(405);
  });
});

describe("the list", () => {
  it("D03 has the same links in the header and the body", async () => {
    for (const name of ["A", "B", "C", "D", "E"]) await makeAddress(asAda, { name });
    const first = await asAda.fetch(`${PATH}?limit=2&sort=name`);
    const body = await first.json<{ page: { next: string; prev: null } }>();
    const links = linksOf(first);
    expect(links["next"]).toContain(`cursor=${body.page.next}`);
    expect(links).not.toHaveProperty("prev");
    const second = await asAda.fetch(links["next"] ?? "");
    expect(await second.json()).toMatchObject({ data: [{ name: "C" }, { name: "D" }], page: { limit: 2 } });
    expect(header(first, "Cache-Control")).toBe("private, no-cache");
  });

  it("D09 D10 is an empty page without addresses, and its last page has no `next`", async () => {
    const none = await (await serviceFor(bob).fetch(PATH)).json();
    expect(none).toEqual({ data: [], page: { next: null, prev: null, has_more: false, limit: 20 } });
    await makeAddress(asAda);
    const { page } = await (await asAda.fetch(`${PATH}?limit=1`)).json<{ page: { next: string | null } }>();
    expect(page.next).toBeNull();
  });

  it("D08 D12 rejects numbered pages and other parameters", async () => {
    for (const query of ["page=1", "page=1&cursor=a", "snapshot=a", "q=a", "facets=country", "filter[city]=A"]) {
      const response = await serviceFor(stella).fetch(`${PATH}?${query}`);
      expect(response.status).toBe(400);
      expect(await problemOf(response)).toMatchObject({ code: "INVALID_PARAMETER" });
    }
  });

  it("J01 requires a token", async () => {
    for (const method of ["GET", "POST"]) {
      const response = await startService().fetch(PATH, { method });
      expect(response.status).toBe(401);
      expect(header(response, "WWW-Authenticate")).not.toContain("error=");
    }
  });
});
