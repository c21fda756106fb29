/** Cursor pagination of a list, and refused list parameters. Snapshots: test/features/accounts. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startBlog } from "../support/blog/service.ts";
import { createBlog, emptyBlog, insertPosts, postId } from "../support/blog/tables.ts";
import { idsOf, type ListBody, linksOf, refusalOf } from "../support/lists.ts";
import { staff } from "../support/service.ts";

const service = startBlog({ as: staff });

beforeAll(createBlog);
beforeEach(emptyBlog);

async function list(parameters: Record<string, string> = {}): Promise<ListBody> {
  const response = await service.fetch(`/v1/posts?${new URLSearchParams(parameters)}`);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json<ListBody>();
}

async function walk(parameters: Record<string, string>): Promise<ListBody[]> {
  const pages = [await list(parameters)];
  for (let next = pages[0]?.page.next; typeof next === "string"; next = pages.at(-1)?.page.next) {
    pages.push(await list({ ...parameters, cursor: next }));
    expect(pages.length, "the walk does not end").toBeLessThan(100);
  }
  return pages;
}

describe("a walk", () => {
  it.each(["created_at", "-created_at", "title", "-title,created_at", "title,-created_at"])(
    "D01 D04 D13 visits each row once in the order of %s, and back",
    async (sort) => {
      const ids = await insertPosts(23);
      const all = idsOf(await list({ sort, limit: "100" }));
      expect(all.toSorted()).toEqual(ids);
      const pages = await walk({ sort, limit: "5" });
      expect(idsOf(...pages)).toEqual(all);
      expect(pages.map(({ page }) => page.has_more)).toEqual([true, true, true, true, false]);
      for (const [index, page] of pages.slice(1).entries()) {
        const before = await list({ sort, limit: "5", cursor: page.page.prev ?? "" });
        expect(before.data).toEqual(pages[index]?.data);
      }
    },
  );

  it("D02 skips and repeats no row when others are inserted or deleted", async () => {
    await insertPosts(20);
    const [sort, limit] = ["created_at", "5"];
    const first = await list({ sort, limit });
    await env.DB.batch([
      env.DB.prepare("UPDATE posts SET deleted_at = 1 WHERE id IN (?, ?)").bind(postId(1), postId(7)),
      env.DB.prepare(
        "INSERT INTO posts (id, title, topic, created_at, updated_at) VALUES (?, 'New', 'garden', 1, 1)",
      ).bind(postId(90)),
    ]);
    const second = await list({ sort, limit, cursor: first.page.next ?? "" });
    expect(idsOf(second)).toEqual([5, 6, 8, 9, 10].map(postId));
  });

  it("D03 has the same next and prev in Link and in the body", async () => {
    await insertPosts(9);
    const [first, second] = await walk({ limit: "3" });
    const response = await service.fetch(`/v1/posts?limit=3&cursor=${first?.page.next}`);
    const links = linksOf(response);
    for (const [relation, cursor] of [
      ["next", second?.page.next],
      ["prev", second?.page.prev],
    ] as const) {
      expect(new URL(links[relation] ?? "", "https://x").searchParams.get("cursor")).toBe(cursor);
    }
  });

  it("D09 through an empty list has one empty page", async () => {
    expect(await list()).toEqual({ data: [], page: { next: null, prev: null, has_more: false, limit: 20 } });
  });
});

describe("the parameters of a list", () => {
  it.each([
    ["limit=0", "invalid-parameter", ["limit"]],
    ["limit=101", "invalid-parameter", ["limit"]],
    ["limit=5&limit=6", "invalid-parameter", ["limit"]],
    ["sort=subtitle", "invalid-parameter", ["sort"]],
    ["filter[title]=a", "invalid-parameter", ["filter[title]"]],
    ["colour=red", "invalid-parameter", ["colour"]],
    ["cursor=abc", "invalid-cursor", undefined],
  ])("D05 D07 D12 E11 E12 E13 %s is refused", async (query, type, parameters) => {
    const refusal = await refusalOf(await service.fetch(`/v1/posts?${query}`));
    expect(refusal).toMatchObject({ status: 400, type });
    if (parameters !== undefined) expect(refusal.parameters).toEqual(parameters);
  });

  it("D05 D06 accept a cursor only for its own list and only unchanged", async () => {
    await insertPosts(9);
    const { page } = await list({ limit: "3" });
    const cursor = page.next ?? "";
    const altered = `${cursor.slice(0, 9)}${cursor[9] === "A" ? "B" : "A"}${cursor.slice(10)}`;
    const status = async (query: string, of = service) => (await of.fetch(`/v1/posts?${query}`)).status;
    expect(await status(`limit=3&cursor=${cursor}`)).toBe(200);
    expect(await status(`limit=3&cursor=${altered}`)).toBe(400);
    expect(await status(`limit=3&sort=title&cursor=${cursor}`)).toBe(400);
    expect(await status(`limit=3&filter[topic]=garden&cursor=${cursor}`)).toBe(400);
  });

  it("E11 filter rows, and a filter's value is never SQL", async () => {
    await insertPosts(9);
    const { data } = await list({ "filter[topic]": "kitchen" });
    expect(data.map(({ id }) => id).toSorted()).toEqual([1, 4, 7].map(postId));
    expect((await list({ "filter[topic]": "' OR 1=1 --" })).data).toEqual([]);
  });
});
