/** Conditional reads of a resource and of a list, and conditional writes (RFC 9110 section 13). */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type MadePost, makePost, startBlog } from "../support/blog/service.ts";
import { createBlog, emptyBlog, storedBlog } from "../support/blog/tables.ts";
import { header, MERGE_PATCH, patch, problemOf } from "../support/requests.ts";
import { staff } from "../support/service.ts";

const FUTURE = "Sun, 06 Nov 2050 08:49:37 GMT";
const PAST = "Sun, 06 Nov 1994 08:49:37 GMT";

const service = startBlog({ as: staff });
let made: MadePost;

beforeAll(createBlog);
beforeEach(async () => {
  await emptyBlog();
  service.advance(10_000);
  made = await makePost(service);
});

const rename = (title: string, headers: Record<string, string>) =>
  patch(service, made.path, MERGE_PATCH, { title }, headers);

describe.each(["one post", "the list"])("%s", (which) => {
  const path = () => (which === "one post" ? made.path : "/v1/posts");

  it("C01 C08 has validators; a 304 has the headers of the 200 and no body, for HEAD too", async () => {
    const read = await service.fetch(path());
    expect(read.status).toBe(200);
    const headers = { "If-None-Match": header(read, "ETag") };
    for (const method of ["GET", "HEAD"]) {
      const again = await service.fetch(path(), { method, headers });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe("");
      for (const name of ["ETag", "Last-Modified", "Cache-Control", "Vary"]) {
        expect(header(again, name)).toBe(header(read, name));
      }
    }
    const head = await service.fetch(path(), { method: "HEAD" });
    expect([head.status, head.headers.get("ETag"), await head.text()]).toEqual([200, header(read, "ETag"), ""]);
  });

  it("C02 C03 C06 C11 evaluates each condition as RFC 9110 defines", async () => {
    const etag = header(await service.fetch(path()), "ETag");
    const lastModified = header(await service.fetch(path()), "Last-Modified");
    const table: [Record<string, string>, number][] = [
      [{ "If-None-Match": `W/${etag}` }, 304],
      [{ "If-None-Match": `"x", ${etag}` }, 304],
      [{ "If-None-Match": "*" }, 304],
      [{ "If-None-Match": '"x"' }, 200],
      [{ "If-None-Match": '"x"', "If-Modified-Since": FUTURE }, 200],
      [{ "If-Modified-Since": lastModified }, 304],
      [{ "If-Modified-Since": PAST }, 200],
      [{ "If-Match": etag }, 200],
      [{ "If-Match": `W/${etag}` }, 412],
      [{ "If-Match": '"x"' }, 412],
      [{ "If-Match": '"x"', "If-None-Match": etag }, 412],
      [{ "If-Unmodified-Since": PAST }, 412],
      [{ Range: "bytes=0-3" }, 200],
    ];
    for (const [headers, status] of table) {
      expect({ headers, status: (await service.fetch(path(), { headers })).status }).toEqual({ headers, status });
    }
  });

  it("C01 has another ETag after a change, and the old one no longer matches", async () => {
    const etag = header(await service.fetch(path()), "ETag");
    await rename("Winter", { "If-Match": made.etag });
    const changed = await service.fetch(path(), { headers: { "If-None-Match": etag } });
    expect(changed.status).toBe(200);
    expect(header(changed, "ETag")).not.toBe(etag);
    expect(await changed.text()).toContain("Winter");
  });
});

describe("a conditional write", () => {
  it.each(["PATCH", "DELETE"])(
    "C03 C04 %s requires the current ETag, and changes nothing without it",
    async (method) => {
      const before = await storedBlog();
      const send = (headers: Record<string, string>) =>
        service.fetch(made.path, {
          method,
          headers: { "Content-Type": MERGE_PATCH, ...headers },
          ...(method === "PATCH" ? { body: '{"title":"Winter"}' } : {}),
        });
      for (const [headers, status, code] of [
        [{}, 428, "PRECONDITION_REQUIRED"],
        [{ "If-Unmodified-Since": FUTURE }, 428, "PRECONDITION_REQUIRED"],
        [{ "If-Match": '"x"' }, 412, "PRECONDITION_FAILED"],
        [{ "If-Match": `W/${made.etag}` }, 412, "PRECONDITION_FAILED"],
      ] as [Record<string, string>, number, string][]) {
        const response = await send(headers);
        expect(response.status).toBe(status);
        expect(await problemOf(response)).toMatchObject({ code });
      }
      expect(await storedBlog()).toEqual(before);
      expect((await send({ "If-Match": `"x", ${made.etag}` })).status).toBe(method === "PATCH" ? 200 : 204);
      expect(await storedBlog()).not.toEqual(before);
    },
  );

  it("C05 returns the ETag of the next read", async () => {
    const changed = await rename("Winter", { "If-Match": "*" });
    expect(changed.status).toBe(200);
    expect(header(changed, "ETag")).toBe(header(await service.fetch(made.path), "ETag"));
  });

  it("C10 succeeds exactly once for many writers that start from the same state", async () => {
    const titles = Array.from({ length: 10 }, (_, number) => `Title ${number}`);
    const responses = await Promise.all(titles.map((title) => rename(title, { "If-Match": made.etag })));
    const won = responses.flatMap(({ status }, index) => (status === 200 ? [titles[index]] : []));
    expect(won).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 412)).toHaveLength(9);
    expect(await (await service.fetch(made.path)).json()).toMatchObject({ title: won[0] });
  });
});
