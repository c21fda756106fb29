/** Conditional reads of pages and documents, whose ETag is computed from their content. */
import { describe, expect, it } from "vitest";
import { header } from "../support/requests.ts";
import { customer, startService } from "../support/service.ts";

const DOCUMENTS = ["/", "/docs", "/problems", "/problems/not-found", "/openapi.json", "/v1/openapi.json"];

describe.each([...DOCUMENTS, "/.well-known/api-catalog"])("%s", (path) => {
  it("C01 C08 has a strong ETag, and a 304 with the headers of the 200", async () => {
    const service = startService();
    const full = await service.fetch(path);
    const etag = header(full, "ETag");
    expect(etag).toMatch(/^"[\w-]{16}"$/);
    for (const method of ["GET", "HEAD"]) {
      const unchanged = await service.fetch(path, { method, headers: { "If-None-Match": `"x", W/${etag}` } });
      expect(unchanged.status).toBe(304);
      expect(await unchanged.text()).toBe("");
      for (const name of ["ETag", "Cache-Control", "Vary", "Content-Security-Policy"]) {
        expect(unchanged.headers.get(name), name).toBe(full.headers.get(name));
      }
    }
  });

  it("C06 has no Last-Modified and ignores conditions on dates", async () => {
    const service = startService();
    for (const name of ["If-Modified-Since", "If-Unmodified-Since"]) {
      for (const date of ["Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 2999 23:59:59 GMT"]) {
        expect((await service.fetch(path, { headers: { [name]: date } })).status).toBe(200);
      }
    }
  });

  it("C03 returns 412 if If-Match does not match", async () => {
    const service = startService();
    const etag = header(await service.fetch(path), "ETag");
    expect((await service.fetch(path, { headers: { "If-Match": '"x"' } })).status).toBe(412);
    expect((await service.fetch(path, { headers: { "If-Match": etag } })).status).toBe(200);
  });

  it("C09 has the same ETag for every caller, and another one for other content", async () => {
    const own = header(await startService().fetch(path), "ETag");
    expect(header(await startService({ as: customer }).fetch(path), "ETag")).toBe(own);
    const others = await Promise.all(
      DOCUMENTS.filter((other) => other !== path).map((other) => startService().fetch(other)),
    );
    expect(others.map((other) => other.headers.get("ETag"))).not.toContain(own);
  });
});

it("C18 responses with no-store have no ETag", async () => {
  for (const path of ["/login", "/health", "/livez", "/v1/rate-limit"]) {
    const response = await startService({ as: customer }).fetch(path);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.get("ETag")).toBeNull();
  }
});
