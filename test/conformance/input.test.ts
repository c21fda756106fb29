/** Request bodies: JSON and its limits, validation of the whole body, and both patch formats. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type MadePost, makePost, POST, sendPost, startBlog } from "../support/blog/service.ts";
import { createBlog, emptyBlog, storedBlog } from "../support/blog/tables.ts";
import { JSON_PATCH, MERGE_PATCH, patch, problemOf } from "../support/requests.ts";
import { customer, staff } from "../support/service.ts";

const service = startBlog({ as: staff });

beforeAll(createBlog);
beforeEach(emptyBlog);

/** The status, and the pointer and code of each validation error. */
async function outcomeOf(response: Response): Promise<string> {
  const { errors = [] } = await problemOf(response);
  return [response.status, ...errors.map(({ pointer, code }) => `${pointer} ${code}`)].join(" ");
}

describe("a new resource", () => {
  it.each([
    ["", "400 # empty"],
    ["{", "400 # syntax"],
    ['{"title":"A","title":"B","topic":"garden"}', "400 #/title duplicate-key"],
    ['{"__proto__":{},"title":"A","topic":"garden"}', "400 #/__proto__ forbidden-key"],
    [`${"[".repeat(40)}${"]".repeat(40)}`, `400 #${"/0".repeat(32)} too-deep`],
    ["[]", "422 # wrong-type"],
    ["{}", "422 # required # required"],
    ['{"title":5,"topic":"attic","colour":"red"}', "422 #/title wrong-type #/topic not-allowed #/colour unknown"],
    ['{"title":"","topic":"garden"}', "422 #/title invalid"],
    ['{"title":"A\\u202eB","topic":"garden"}', "422 #/title invalid"],
  ])("G05 %s is refused with all validation errors, and nothing is written", async (body, outcome) => {
    const before = await storedBlog();
    expect(await outcomeOf(await sendPost(service, body))).toBe(outcome);
    expect(await storedBlog()).toEqual(before);
  });

  it("E10 is refused with an unsupported media type or encoding, or if it is too large", async () => {
    for (const [headers, status] of [
      [{ "Content-Type": "text/plain" }, 415],
      [{ "Content-Encoding": "gzip" }, 415],
      [{ "Content-Type": MERGE_PATCH }, 415],
    ] as [Record<string, string>, number][]) {
      expect((await sendPost(service, POST, headers)).status).toBe(status);
    }
    expect((await sendPost(service, `${" ".repeat(2 ** 20)}${JSON.stringify(POST)}`)).status).toBe(413);
  });

  it("J01 is refused without credentials or without the permission", async () => {
    expect((await sendPost(startBlog(), POST)).status).toBe(401);
    expect((await sendPost(startBlog({ as: customer }), POST)).status).toBe(403);
  });
});

describe("a patch", () => {
  let made: MadePost;
  beforeEach(async () => {
    made = await makePost(service, { subtitle: "Leaves" });
  });

  const send = (type: string, body: unknown) => patch(service, made.path, type, body, { "If-Match": made.etag });
  const shown = async () => (await service.fetch(`${made.path}?fields=title,subtitle,topic`)).json();

  it("I02 in merge format removes members with null; an empty one does not change the ETag", async () => {
    const same = await send(MERGE_PATCH, {});
    expect([same.status, same.headers.get("ETag")]).toEqual([200, made.etag]);
    expect((await send(MERGE_PATCH, { subtitle: null, topic: "kitchen" })).status).toBe(200);
    expect(await shown()).toEqual({ id: made.id, title: "Autumn", topic: "kitchen" });
  });

  it("I03 I06 in JSON Patch format applies all operations together", async () => {
    const operations = [
      { op: "test", path: "/title", value: "Autumn" },
      { op: "copy", from: "/title", path: "/subtitle" },
      { op: "replace", path: "/title", value: "Winter" },
    ];
    const changed = await send(JSON_PATCH, operations);
    expect(changed.status).toBe(200);
    expect(changed.headers.get("ETag")).not.toBe(made.etag);
    expect(await shown()).toEqual({ id: made.id, title: "Winter", subtitle: "Autumn", topic: "garden" });
  });

  it.each([
    [
      "a failed test after a change",
      JSON_PATCH,
      [
        { op: "remove", path: "/subtitle" },
        { op: "test", path: "/title", value: "x" },
      ],
      409,
    ],
    ["a path that does not exist", JSON_PATCH, [{ op: "replace", path: "/colour/0", value: "x" }], 409],
    ["an unknown operation", JSON_PATCH, [{ op: "rename", path: "/title", value: "x" }], 400],
    ["a merge patch sent as JSON Patch", JSON_PATCH, { title: "x" }, 422],
    ["operations sent as a merge patch", MERGE_PATCH, [{ op: "remove", path: "/subtitle" }], 422],
    ["null for a required member", MERGE_PATCH, { title: null }, 422],
    ["a read-only member", MERGE_PATCH, { id: "post_1" }, 422],
    ["a read-only member in an operation", JSON_PATCH, [{ op: "add", path: "/created_at", value: "x" }], 422],
    ["an invalid value", MERGE_PATCH, { topic: "attic" }, 422],
    ["another media type", "application/json", { title: "x" }, 415],
  ])("I03 I04 I05 I07 with %s is refused and changes nothing", async (_, type, body, status) => {
    const before = await storedBlog();
    service.advance(1000);
    expect((await send(type, body)).status).toBe(status);
    expect(await storedBlog()).toEqual(before);
  });
});
