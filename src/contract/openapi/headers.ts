/** Headers as the document shows them. */

function header(description: string, schema: Record<string, unknown>) {
  return { description, schema };
}

function text(maxLength: number, pattern?: string) {
  return { type: "string", maxLength, ...(pattern === undefined ? {} : { pattern }) };
}

const etag = header("Strong entity tag of this representation.", text(128, '^"[\\x21\\x23-\\x7e]+"$'));

export const HEADERS = {
  /** On every answer. */
  everywhere: {
    "X-Correlation-Id": header("The caller's correlation id, or a fresh one.", text(128, "^[A-Za-z0-9._-]{1,128}$")),
    traceparent: header("W3C trace context: the caller's trace, our span.", text(64)),
    "Cache-Control": header("Always explicit.", text(256)),
    "Access-Control-Allow-Origin": header("Present for the configured origins alone.", text(256)),
  },
  /** On representations. */
  representation: {
    ETag: etag,
    "Last-Modified": header("When the resource, or a member of the list, last changed.", text(29)),
    "Cache-Status": header("How the caches on the way treated the request (RFC 9211).", text(256)),
    Vary: header("The request headers that select the representation.", text(256)),
  },
  link: header("Related pages (RFC 8288), as absolute URLs.", text(32_768)),
  location: header("The URL of the new resource.", { ...text(2048), format: "uri" }),
  acceptPatch: header("The patch formats that the resource takes (RFC 5789).", text(256)),
  wwwAuthenticate: header("How to authenticate (RFC 9110 section 11.6.1).", text(1024)),
  retryAfter: header("Seconds to wait before trying again.", {
    type: "integer",
    format: "int32",
    minimum: 1,
    maximum: 86_400,
  }),
};

interface HeaderParameter {
  readonly in: "header";
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: Record<string, unknown>;
  readonly example: string;
}

function headerParameter(name: string, required: boolean, description: string, example: string): HeaderParameter {
  return { in: "header", name, required, description, schema: text(8192), example };
}

export const IF_MATCH = headerParameter(
  "If-Match",
  true,
  "The `ETag` of the state that is changed; `*` for any. `If-Unmodified-Since` may stand in for it.",
  "*",
);
export const IF_NONE_MATCH = headerParameter(
  "If-None-Match",
  false,
  "The `ETag` of what the client has: 304 when that is still current.",
  '"v0-aaaaaaaaaaaa"',
);
