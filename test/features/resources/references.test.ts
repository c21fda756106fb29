/** A write with the id of another row: the row must exist when the write takes effect, and the caller must see it. */
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { userCollection } from "#features/accounts/collection.ts";
import { defineCollection } from "#features/resources/collections/collection.ts";
import { relatedSourceOf } from "#features/resources/collections/handlers.ts";
import { operationsOf } from "#features/resources/collections/operations.ts";
import { startTally } from "../../budgets/tally.ts";
import { CommentInput, CommentResource } from "../../support/blog/contract.ts";
import { commentCollection, postCollection } from "../../support/blog/endpoints.ts";
import { BLOG, makePost, startBlog } from "../../support/blog/service.ts";
import { comments, createBlog, emptyBlog, postId } from "../../support/blog/tables.ts";
import { header, JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../../support/requests.ts";
import { startService } from "../../support/service.ts";
import { ada, emptyPeople, insertPeople, principalOf, stella } from "../accounts/people.ts";

const tally = startTally();
const asAda = startBlog({ as: principalOf(ada), bindings: tally.bindings });
const asStella = startBlog({ as: principalOf(stella) });
/** The rules hide all posts. */
const withoutPosts = startService({
  ...BLOG,
  as: principalOf(ada),
  extraAbilities: [(_, allow) => allow("create", "comments")],
});
const MISSING = postId(404);

beforeAll(async () => {
  await createBlog();
  await emptyPeople();
  await insertPeople(ada, stella);
});
beforeEach(emptyBlog);

function comment(post_id: string, service = asAda): Promise<Response> {
  return service.fetch("/v1/comments", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ post_id, text: "Well said." }),
  });
}

async function commented(post: string) {
  const response = await comment(post);
  expect(response.status).toBe(201);
  return { path: new URL(header(response, "Location")).pathname, etag: header(response, "ETag") };
}

async function deletePost(id: string): Promise<void> {
  await env.DB.prepare("UPDATE posts SET deleted_at = 5, version = version + 1 WHERE id = ?").bind(id).run();
}

async function storedPosts(): Promise<unknown[]> {
  const { results } = await env.DB.prepare("SELECT post_id FROM comments").all();
  return results.map((row) => row["post_id"]);
}

async function expectUnknown(response: Response): Promise<void> {
  expect(response.status).toBe(422);
  const detail = "`post_id` does not exist.";
  expect(await problemOf(response)).toMatchObject({
    code: "VALIDATION_ERROR",
    detail,
    errors: [{ pointer: "#/post_id", code: "unknown", detail }],
  });
}

describe("a new row", () => {
  it("takes one call of the database", async () => {
    const { id } = await makePost(asStella);
    await comment(id); // what the isolate loads once
    tally.take();
    expect((await comment(id)).status).toBe(201);
    expect(tally.take().d1).toBe(1);
  });

  it("is 422 if the other row never existed or was deleted, and nothing is stored", async () => {
    const { id } = await makePost(asStella);
    await deletePost(id);
    await expectUnknown(await comment(MISSING));
    await expectUnknown(await comment(id));
    expect(await storedPosts()).toEqual([]);
  });

  it("is 422 if the caller may not read the other row, as if it did not exist", async () => {
    const { id } = await makePost(asStella);
    await expectUnknown(await comment(id, withoutPosts));
    expect((await comment(id)).status).toBe(201);
  });

  it("is 422 if the other row is deleted right before the write", async () => {
    const { id } = await makePost(asStella);
    tally.beforeBatch(() => deletePost(id));
    await expectUnknown(await comment(id));
    expect(await storedPosts()).toEqual([]);
  });
});

describe("a change", () => {
  it.each([
    [MERGE_PATCH, (post_id: string) => ({ post_id })],
    [JSON_PATCH, (value: string) => [{ op: "replace", path: "/post_id", value }]],
  ])("by %s is 422 if the new row does not exist, and 200 if it does", async (type, change) => {
    const [first, second] = [await makePost(asStella), await makePost(asStella)];
    const { path, etag } = await commented(first.id);
    await expectUnknown(await patch(asAda, path, type, change(MISSING), { "If-Match": etag }));
    expect(await storedPosts()).toEqual([first.id]);
    expect((await patch(asAda, path, type, change(second.id), { "If-Match": etag })).status).toBe(200);
    expect(await storedPosts()).toEqual([second.id]);
  });

  it("keeps a reference to a row that was deleted since", async () => {
    const { id } = await makePost(asStella);
    const { path, etag } = await commented(id);
    await deletePost(id);
    expect((await patch(asAda, path, MERGE_PATCH, { text: "Oh." }, { "If-Match": etag })).status).toBe(200);
  });

  it("with an old ETag is 412 first", async () => {
    const { id } = await makePost(asStella);
    const { path } = await commented(id);
    expect((await patch(asAda, path, MERGE_PATCH, { post_id: MISSING }, { "If-Match": '"old"' })).status).toBe(412);
  });
});

describe("a declaration is refused", () => {
  const declaration = {
    resource: CommentResource,
    idPrefix: "comment",
    table: comments,
    input: CommentInput,
    sortKeys: ["created_at"],
    filters: [],
  };

  it("if a reference is no member of the input", () => {
    const references = [{ member: "page_id", collection: postCollection }];
    expect(() => defineCollection({ ...declaration, references })).toThrow(
      new RangeError("the input of comments has no member page_id"),
    );
  });

  it("if a relation has no source", () => {
    const frame = { collection: commentCollection, path: "/v1/comments", tag: "Blog", one: "a comment" } as const;
    const rest = { many: "comments", exampleFields: ["id"] };
    expect(() => operationsOf({ ...frame, ...rest, related: [relatedSourceOf(userCollection)] })).toThrow(
      new RangeError(
        "comments has the relation post, but `related` of its endpoints has no source of posts. Add relatedSourceOf() of that collection.",
      ),
    );
  });
});
