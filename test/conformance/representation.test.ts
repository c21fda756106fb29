/** Fields, formats and embedded resources in reads, lists and writes. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ada, bob, emptyPeople, insertPeople, principalOf, stella } from "../features/accounts/people.ts";
import { makePost, POST, sendPost, startBlog } from "../support/blog/service.ts";
import { createBlog, emptyBlog, insertPosts } from "../support/blog/tables.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../support/requests.ts";
import { ORIGIN } from "../support/service.ts";

type Json = Record<string, unknown>;

const asStella = startBlog({ as: principalOf(stella) });
const asAda = startBlog({ as: principalOf(ada) });
const asBob = startBlog({ as: principalOf(bob) });

beforeAll(async () => {
  await createBlog();
  await emptyPeople();
  await insertPeople(ada, bob, stella);
});
beforeEach(emptyBlog);

async function json(path: string, accept = "application/json", service = asStella): Promise<Json> {
  const response = await service.fetch(path, { headers: { Accept: accept } });
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json();
}

/** A comment of Ada's, on a post. */
async function makeComment(): Promise<{ readonly path: string; readonly post: string }> {
  const { id: post } = await makePost(asStella);
  const response = await asAda.fetch("/v1/comments", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ post_id: post, text: "Well said." }),
  });
  expect(response.status).toBe(201);
  return { path: new URL(header(response, "Location")).pathname, post };
}

describe("fields", () => {
  it("E01 E04 E07 select exactly the named members and the id, in a read and a list", async () => {
    const { path, id } = await makePost(asStella);
    expect(await json(`${path}?fields=title,topic`)).toEqual({ id, ...POST });
    expect(await json(`${path}?fields=title,title`)).toEqual({ id, title: POST.title });
    expect((await json("/v1/posts?fields=title"))["data"]).toEqual([{ id, title: POST.title }]);
  });

  it("E02 E04 that are unknown or empty are 400, with the list of valid fields", async () => {
    const { path } = await makePost(asStella);
    for (const fields of ["version", "deleted_at", "seq", "title,x"]) {
      const response = await asStella.fetch(`${path}?fields=${fields}`);
      expect(response.status).toBe(400);
      const { errors } = await problemOf(response);
      expect(errors).toMatchObject([{ parameter: "fields", code: "unknown-field" }]);
      expect(JSON.stringify(errors)).toContain("Allowed: id, title, subtitle, topic, created_at, updated_at.");
    }
    expect((await asStella.fetch(`${path}?fields=`)).status).toBe(400);
  });

  it("E09 have their own ETag, which does not depend on their order", async () => {
    const { path } = await makePost(asStella);
    const tag = async (query: string) => header(await asStella.fetch(path + query), "ETag");
    expect(await tag("?fields=title,topic")).toBe(await tag("?fields=topic,title"));
    expect(new Set([await tag(""), await tag("?fields=title"), await tag("?fields=topic")]).size).toBe(3);
  });
});

describe("formats", () => {
  it("E10 all contain the same members", async () => {
    const { path, id } = await makePost(asStella);
    const { id: _, ...attributes } = await json(path);
    expect(await json(path, "application/hal+json")).toMatchObject({
      id,
      ...attributes,
      _links: { self: { href: ORIGIN + path } },
    });
    expect(await json(path, "application/vnd.api+json")).toMatchObject({
      data: { type: "posts", id, attributes, links: { self: ORIGIN + path } },
    });
  });

  it("E10 of a list contain the same items and next link", async () => {
    await insertPosts(9);
    const plain = await json("/v1/posts?limit=3");
    const { next } = plain["page"] as { next: string };
    for (const type of ["application/hal+json", "application/vnd.api+json"]) {
      const text = JSON.stringify(await json("/v1/posts?limit=3", type));
      expect(text).toContain(next);
      for (const { id } of plain["data"] as { id: string }[]) expect(text).toContain(id);
    }
  });

  it("C09 C12 E10 never share an ETag, and an unknown one is 406 with the list of formats", async () => {
    const { path } = await makePost(asStella);
    const types = ["application/json", "application/hal+json", "application/vnd.api+json"];
    const tags = await Promise.all(
      types.map(async (Accept) => {
        const response = await asStella.fetch(path, { headers: { Accept } });
        expect(header(response, "Content-Type")).toContain(Accept);
        expect(header(response, "Vary")).toContain("Accept");
        return header(response, "ETag");
      }),
    );
    expect(new Set(tags).size).toBe(3);
    const refused = await asStella.fetch(path, { headers: { Accept: "text/csv" } });
    expect(refused.status).toBe(406);
    for (const type of types) expect(await refused.clone().text()).toContain(type);
  });

  it("E10 apply to responses of writes", async () => {
    const response = await sendPost(asStella, POST, { Accept: "application/hal+json" });
    expect(response.status).toBe(201);
    expect(await response.json()).toHaveProperty("_links.self");
  });
});

describe("include", () => {
  it("E05 embeds each named resource once, at the place that the format defines", async () => {
    const { path, post } = await makeComment();
    const query = `${path}?include=post,user,post`;
    expect(await json(query)).toMatchObject({ post: { id: post }, user: { id: ada.id, name: ada.name } });
    expect(await json(query, "application/hal+json")).toMatchObject({
      _embedded: { post: { id: post }, user: { id: ada.id } },
    });
    const { included } = await json(query, "application/vnd.api+json");
    expect((included as { type: string }[]).map(({ type }) => type).toSorted()).toEqual(["posts", "users"]);
  });

  it("E05 of an unknown or empty name is 400, and so is one on a resource without includes", async () => {
    const { path } = await makeComment();
    for (const wrong of [`${path}?include=topic`, `${path}?include=`, "/v1/posts?include=user"]) {
      expect((await asAda.fetch(wrong)).status).toBe(400);
    }
  });

  it("E06 embeds nothing that the caller may not read", async () => {
    const { path, post } = await makeComment();
    const reader = startBlog({ as: principalOf(ada, { scopes: ["comments:read"] }) });
    const shown = await json(`${path}?include=user,post`, "application/json", reader);
    expect(shown).toMatchObject({ post: { id: post } });
    expect(shown["user"] ?? null).toBeNull();
    expect((await asBob.fetch(`${path}?include=user`)).status).toBe(404);
  });

  it("E08 costs the same number of round trips for a list of any length", async () => {
    const roundTrips = async () => {
      await json("/v1/comments?include=user,post", "application/json", asAda);
      return JSON.parse(asAda.logs.at(-1) ?? "{}")["db.round_trips"];
    };
    await makeComment();
    const one = await roundTrips();
    for (let count = 0; count < 5; count += 1) await makeComment();
    expect(await roundTrips()).toBe(one);
  });
});

describe("a resource with an owner", () => {
  it("E06 is visible to its owner and to staff, and missing for other users", async () => {
    const { path } = await makeComment();
    const count = async (service: typeof asAda) =>
      ((await json("/v1/comments", "application/json", service))["data"] as unknown[]).length;
    expect([await count(asAda), await count(asBob), await count(asStella)]).toEqual([1, 0, 1]);
    expect((await asBob.fetch(path)).status).toBe(404);
    const write = (service: typeof asAda) => patch(service, path, MERGE_PATCH, { text: "Oh." }, { "If-Match": "*" });
    expect([(await write(asBob)).status, (await write(asStella)).status, (await write(asAda)).status]).toEqual([
      404, 403, 200,
    ]);
    const moved = [{ op: "replace", path: "/user_id", value: bob.id }];
    expect((await patch(asAda, path, JSON_PATCH, moved, { "If-Match": "*" })).status).toBe(422);
  });
});
