/** Which input the service accepts, and how it refuses everything else (section j "Input", D12, E13). */
import { describe, expect, it, vi } from "vitest";
import { MAX_BODY_BYTES } from "#pipeline/receive/receive.ts";
import { ORIGIN, staff, startService } from "../../support/service.ts";
import { MISSING } from "../support/products.ts";

interface Document {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string; readonly code: string }[];
}

const PRODUCT = {
  name: "Lamp",
  description: "",
  category: "lamps",
  brand: "acme",
  price: { amount: 100, currency: "USD" },
  stock: 3,
};

async function post(body: BodyInit | undefined, contentType = "application/json") {
  const response = await startService({ as: staff }).fetch("/v1/products", {
    method: "POST",
    headers: { "Content-Type": contentType },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, document: (await response.json()) as Document };
}

/** A product with its description replaced by raw JSON. */
function withDescription(json: string): string {
  return JSON.stringify({ ...PRODUCT, description: "@" }).replace('"@"', json);
}

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));

describe("bodies", () => {
  it.each([
    ["nothing", undefined, "empty"],
    ["an empty text", "", "empty"],
    ["blanks", " \n", "empty"],
    ["a truncated object", '{"name":', "syntax"],
    ["two values", "{} {}", "syntax"],
    ["single quotes", "{'name':1}", "syntax"],
    ["a comment", '{"name":1/**/}', "syntax"],
    ["NaN", withDescription("NaN"), "syntax"],
    ["a byte order mark", bytes([0xef, 0xbb, 0xbf], JSON.stringify(PRODUCT)), "byte-order-mark"],
    ["UTF-16", bytes([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), "not-utf-8"],
    ["an overlong sequence", bytes('{"name":"', [0xc0, 0x80], '"}'), "not-utf-8"],
    ["a truncated sequence", bytes('{"name":"', [0xe2, 0x82], '"}'), "not-utf-8"],
    ["a surrogate in UTF-8", bytes('{"name":"', [0xed, 0xa0, 0x80], '"}'), "not-utf-8"],
    ["half a surrogate pair, escaped", withDescription('"\\ud800"'), "lone-surrogate"],
    ["U+0000, escaped", withDescription('"a\\u0000b"'), "nul"],
    ["a key twice", '{"name":"a","name":"b"}', "duplicate-key"],
    ["a key twice, once escaped", '{"name":"a","n\\u0061me":"b"}', "duplicate-key"],
    ["a key twice, nested", '{"price":{"amount":1,"amount":2}}', "duplicate-key"],
    ["__proto__", '{"__proto__":{"polluted":1}}', "forbidden-key"],
    ["__proto__, escaped", '{"\\u005f_proto__":{"polluted":1}}', "forbidden-key"],
    ["constructor", '{"price":{"constructor":{"prototype":{"polluted":1}}}}', "forbidden-key"],
    ["1e400", withDescription("1e400"), "number-out-of-range"],
    ["33 levels", `${"[".repeat(33)}${"]".repeat(33)}`, "too-deep"],
    ["33 levels in a member", withDescription(`${"[".repeat(32)}${"]".repeat(32)}`), "too-deep"],
    ["a hundred thousand levels", "[".repeat(100_000), "too-deep"],
    ["more than ten thousand members", `[${"0,".repeat(10_000)}0]`, "too-many-members"],
  ])("j %s is malformed: 400", async (_, body, fault) => {
    const { status, document } = await post(body);
    expect(status).toBe(400);
    expect(document.code).toBe("MALFORMED_REQUEST");
    expect(document.errors?.map(({ code }) => code)).toEqual([fault]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([
    ["null", "null"],
    ["a list", "[]"],
    ["a text", '"name"'],
    ["a number", "0"],
    ["32 levels", `${"[".repeat(32)}${"]".repeat(32)}`],
  ])("j %s is not an object: 422", async (_, body) => {
    const { status, document } = await post(body);
    expect(status).toBe(422);
    expect(document.errors).toEqual([{ pointer: "#", code: "wrong-type", detail: "The body must be an object." }]);
  });

  it("j 32 levels within an object are parsed and then validated", async () => {
    const { status, document } = await post(withDescription(`${"[".repeat(31)}${"]".repeat(31)}`));
    expect(status).toBe(422);
    expect(document.errors).toEqual([
      { pointer: "#/description", code: "wrong-type", detail: "`description` must be a string." },
    ]);
  });

  it("j characters outside the basic plane are preserved", async () => {
    const response = await startService({ as: staff }).fetch("/v1/products", {
      method: "POST",
      headers: { "Content-Type": 'Application/JSON; charset="UTF-8"' },
      body: withDescription('"💡 \\ud83d\\udca1"'),
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ description: "💡 💡" });
  });

  it.each(["utf8", "UTF8", '"utf8"', "Utf-8"])("j E10 accepts %s as a name of UTF-8", async (charset) => {
    const response = await startService({ as: staff }).fetch("/v1/products", {
      method: "POST",
      headers: { "Content-Type": `application/json;charset=${charset}` },
      body: withDescription('"💡"'),
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ description: "💡" });
  });

  it.each([
    "text/plain",
    "application/json; charset=latin1",
    "application/json; charset=utf-16",
    "application/jsonp",
    "application/merge-patch+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/*",
    "json",
    "",
  ])("j E10 %j is unsupported: 415", async (contentType) => {
    const { status, document } = await post(JSON.stringify(PRODUCT), contentType);
    expect(status).toBe(415);
    expect(document.code).toBe("UNSUPPORTED_MEDIA_TYPE");
  });

  it.each(["gzip", "GZIP", "br", "identity, gzip", "x-unknown"])(
    "j Content-Encoding %s is refused: 415",
    async (encoding) => {
      const response = await startService({ as: staff }).fetch("/v1/products", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Content-Encoding": encoding },
        body: "{}",
      });
      expect(response.status).toBe(415);
      expect(response.headers.get("Accept-Encoding")).toBe("identity");
    },
  );
});

describe("sizes", () => {
  it("j a body of exactly 1 MiB is accepted", async () => {
    const text = JSON.stringify(PRODUCT);
    expect((await post(text.padEnd(MAX_BODY_BYTES))).status).toBe(201);
    expect((await post(text.padEnd(MAX_BODY_BYTES + 1))).status).toBe(413);
  });

  it("j a declared size above the limit is refused before a byte is read", async () => {
    let pulled = 0;
    const body = new ReadableStream(
      {
        pull() {
          pulled += 1;
        },
      },
      { highWaterMark: 0 },
    );
    const response = await startService({ as: staff }).fetch("/v1/products", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Content-Length": String(MAX_BODY_BYTES + 1) },
      body,
    });
    expect(response.status).toBe(413);
    expect(pulled).toBe(0);
  });

  it("j a body of undeclared size is read up to the limit and its stream cancelled", async () => {
    const chunk = new Uint8Array(65_536).fill(0x20);
    let sent = 0;
    let cancelled = false;
    const body = new ReadableStream(
      {
        pull(controller) {
          sent += chunk.byteLength;
          controller.enqueue(chunk);
          // Ends the stream, so that the test fails instead of hanging if the service has no limit.
          if (sent > 4 * MAX_BODY_BYTES) controller.close();
        },
        cancel() {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const response = await startService({ as: staff }).fetch("/v1/products", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    expect(response.status).toBe(413);
    expect(cancelled).toBe(true);
    expect(sent).toBeLessThanOrEqual(MAX_BODY_BYTES + 2 * chunk.byteLength);
  });

  it("j an aborted body is 400, not 500", async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new Error("connection lost"));
      },
    });
    const response = await startService({ as: staff }).fetch("/v1/products", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    expect(response.status).toBe(400);
  });

  it.each([
    ["/v1/products", "application/json"],
    ["/oauth/token", "application/x-www-form-urlencoded"],
  ])("j a body that does not end is refused after a timeout: %s", async (path, type) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) });
      const answered = startService({ as: staff }).fetch(path, {
        method: "POST",
        headers: { "Content-Type": type },
        body,
      });
      await expect.poll(() => vi.getTimerCount()).toBeGreaterThan(0);
      await vi.advanceTimersByTimeAsync(30_000);
      expect((await answered).status).toBe(400);
    } finally {
      vi.useRealTimers();
    }
  });

  it("j a URL may have at most 8,192 characters", async () => {
    const prefix = `${ORIGIN}/nothing/`;
    for (const [length, status] of [
      [8192, 404],
      [8193, 414],
    ] as const) {
      const response = await startService().fetch(prefix.padEnd(length, "a"));
      expect(response.status).toBe(status);
    }
  });

  it("j a host may have at most 259 characters", async () => {
    for (const [length, status] of [
      [259, 404],
      [260, 400],
    ] as const) {
      const host = `${"a.".repeat(200)}test`.slice(-length).replace(/^\./, "a");
      expect((await startService().fetch(`https://${host}/nothing`)).status).toBe(status);
    }
  });

  it("j `instance` is a URL that the service accepts", async () => {
    const short = await startService().fetch(`/nothing/${"|".repeat(2000)}`);
    const { instance } = await short.json<{ instance: string }>();
    expect(instance).toBe(`/nothing/${"%7C".repeat(2000)}`);
    expect((await startService().fetch(instance)).status).toBe(404);
    const long = await startService().fetch(`/nothing/${"|".repeat(4000)}`);
    expect(long.status).toBe(404);
    const { instance: cut } = await long.json<{ instance: string }>();
    expect(cut).toMatch(/^\/nothing\/(%7C)+$/);
    expect(`${ORIGIN}${cut}`.length).toBeLessThanOrEqual(8192);
    expect((await startService().fetch(cut)).status).toBe(404);
    const tooLong = await startService().fetch(`/nothing/${"a".repeat(9000)}`);
    expect(tooLong.status).toBe(414);
    expect((await startService().fetch((await tooLong.json<{ instance: string }>()).instance)).status).toBe(404);
  });
});

describe("parameters", () => {
  it.each([
    ["D12", "?nothing=1", "nothing", "unknown"],
    ["D12", "?Limit=1", "Limit", "unknown"],
    ["D12", "?__proto__=1", "__proto__", "unknown"],
    ["D12", "?constructor=1", "constructor", "unknown"],
    ["D12", "?toString=1", "toString", "unknown"],
    ["D12", "?=1", "", "unknown"],
    ["E13", "?limit=1&limit=2", "limit", "repeated"],
    ["E13", "?limit=1&limit=1", "limit", "repeated"],
    ["E13", "?limit=1&%6cimit=1", "limit", "repeated"],
    ["E13", "?limit[]=1", "limit[]", "unknown"],
    ["j", "?q=a%00b", "q", "nul"],
  ])("%s %s is refused: 400", async (_, query, parameter, code) => {
    const response = await startService().fetch(`/v1/products${query}`);
    const document = (await response.json()) as Document;
    expect(response.status).toBe(400);
    expect(document.code).toBe("INVALID_PARAMETER");
    expect(document.errors).toEqual([expect.objectContaining({ parameter, code })]);
  });

  it.each(["?q=%E0%A4%A", "?q=%ff", "?q=%zz", "?q=%", "?q=%22%27)(*%3B--"])(
    "j %s is accepted as search text",
    async (query) => {
      expect((await startService().fetch(`/v1/products${query}`)).status).toBe(200);
    },
  );

  it("D12 an operation without parameters accepts none", async () => {
    const response = await startService().fetch("/health?verbose=1");
    expect(response.status).toBe(400);
    expect(((await response.json()) as Document).detail).toContain("has no query parameters");
  });
});

describe("paths", () => {
  it.each([
    "//v1/products",
    "/v1//products",
    "/v1/products/",
    "/V1/products",
    "/v1/Products",
    "/v1/products.json",
    "/v1/products;v=1",
    "/v1/products%00",
    "/v1/products/%00",
    "/v1/products/%E0%A4%A",
    "/v1/products/%",
    "/v1/products/%2e%2e",
    "/v1/products/..%2fproducts",
    "/v1/products/prod_1",
    "/v1/products/1",
    "/v1/products/null",
    "/v1/products/__proto__",
    "/v1/products/PROD_01hk2nvj80e8ev3rx1q7t4d6zz",
    MISSING.toUpperCase().replace("/V1/PRODUCTS/PROD_", "/v1/products/prod_"),
    `${MISSING}/`,
    `${MISSING}%20`,
    `${MISSING}%0a`,
    `/v1/products/${"a".repeat(8000)}`,
    `/v1/products/prod_${"0".repeat(4000)}`,
    "/v1/products/' OR 1=1 --",
  ])("j %s does not exist: 404", async (path) => {
    const response = await startService().fetch(`${ORIGIN}${path}`);
    expect(response.status).toBe(404);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  });

  it.each(["PUT", "PROPFIND", "TRACE", "PURGE", "MKCOL"])("j the method %s is refused: 405", async (method) => {
    expect((await startService().fetch("/v1/products", { method })).status).toBe(405);
    expect((await startService().fetch("/nothing", { method })).status).toBe(404);
  });

  it.each(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])("j ignores %s", async (name) => {
    const service = startService({ as: staff });
    const read = await service.fetch("/v1/products?_method=DELETE", { headers: { [name]: "DELETE" } });
    expect(read.status).toBe(400);
    const list = await service.fetch("/v1/products", { headers: { [name]: "DELETE" } });
    expect(list.status).toBe(200);
    const posted = await service.fetch(MISSING, { method: "POST", headers: { [name]: "DELETE" } });
    expect(posted.status).toBe(405);
  });
});
