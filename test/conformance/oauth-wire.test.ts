/** OAuth endpoints follow the rules of all other endpoints for content encoding, charset and media type of bodies. */
import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";

const service = startService();
const PATHS = [
  "/oauth/authorize",
  "/oauth/token",
  "/oauth/revoke",
  "/oauth/introspect",
  "/oauth/par",
  "/oauth/device_authorization",
  "/oauth/logout",
  "/oauth/register",
];
const FORM = "application/x-www-form-urlencoded";

const send = (path: string, headers: Record<string, string>) =>
  service.fetch(path, { method: "POST", headers: { "Content-Type": FORM, ...headers }, body: "client_id=demo-app" });

describe.each(PATHS)("E10 %s", (path) => {
  it.each(["gzip", "br", "deflate", "zstd", "identity, gzip", "nonsense"])(
    "refuses a body with Content-Encoding: %s",
    async (encoding) => {
      const response = await send(path, { "Content-Encoding": encoding });
      expect(response.status).toBe(415);
      expect(response.headers.get("Accept-Encoding")).toBe("identity");
      expect(await response.json()).toMatchObject({ code: "UNSUPPORTED_MEDIA_TYPE" });
    },
  );

  it.each(["iso-8859-1", "utf-16", "nonsense"])("refuses a body in %s", async (charset) => {
    expect((await send(path, { "Content-Type": `${FORM}; charset=${charset}` })).status).toBe(415);
  });

  it("accepts an unencoded body in UTF-8", async () => {
    for (const headers of [{ "Content-Encoding": "identity" }, { "Content-Type": `${FORM}; charset=UTF-8` }]) {
      expect((await send(path, headers as Record<string, string>)).status).not.toBe(415);
    }
  });
});

describe("J04 a body that is not a form", () => {
  it.each(PATHS.filter((path) => !["/oauth/authorize", "/oauth/register"].includes(path)))(
    "is 400 at %s",
    async (path) => {
      const response = await send(path, { "Content-Type": "application/json" });
      expect(response.status).toBe(400);
    },
  );
});
