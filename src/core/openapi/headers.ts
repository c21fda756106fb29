/** The header definitions of the OpenAPI document. */
import type { Method } from "#core/contract/endpoint.ts";
import type { IdempotencyPolicy } from "#core/contract/policy.ts";

/** A header field value is one line of visible ASCII and spaces (RFC 9110 section 5.5). */
const FIELD_VALUE = "^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$";
const BOOKMARK = "^[A-Za-z0-9_-]+$";
const BOOKMARK_EXAMPLE =
  "IYPVmVoDp4sDpSDFjCULQcNMH2-mQhDNZ2EH0wRufkowMDAwMDA4NS0wMDAwMDI0Yy0wMDAwNGM2ZC04ZTYxMTE3YmYzOGQ3YWRiNzFiOTM0ZWJiZjg5MTY4Mw";
export const ENTITY_TAG = '"[\\x21\\x23-\\x7e]+"';

function header(description: string, schema: Record<string, unknown>, example: string | number) {
  return { description, schema, example };
}

export function text(maxLength: number, pattern = FIELD_VALUE) {
  return { type: "string", maxLength, pattern };
}

function count() {
  return { type: "integer", format: "int32", minimum: 0, maximum: 2_147_483_647 };
}

/** Headers of every response. */
const everywhere = {
  "X-Correlation-Id": header(
    "Identifies the request in the operators' log: the client's id if it is well-formed, otherwise a new one.",
    text(128, "^[A-Za-z0-9._-]{1,128}$"),
    "7f3b0c7a5d2e4b6f9a1c8e0d2f4b6a8c",
  ),
  traceparent: header(
    "W3C Trace Context: the client's trace id with the span of this service.",
    text(55, "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"),
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  ),
  "Cache-Control": header(
    "Which caches may store the response, and for how long. Always present.",
    text(256),
    "no-store",
  ),
  "Access-Control-Allow-Origin": header(
    "The request's origin, if it is the service's own or the operators have configured it. Absent for all others.",
    text(256, "^https?://[^/\\s]+$"),
    "https://shop.example.com",
  ),
  "Server-Timing": header(
    "For staff and administrators: the platform services called, how often and for how long, and the source of the response (W3C Server Timing). Absent for all others.",
    text(512),
    'd1;dur=3.1;desc="2 calls", source;desc="handler", total;dur=4.2',
  ),
};

/** Headers of representations of resources and lists. */
const representation = {
  ETag: header(
    "The strong entity tag of this representation.",
    text(256, `^${ENTITY_TAG}$`),
    '"v1.lr6yfk5s-Yw5kT2rQ-8nPzA3bC"',
  ),
  "Last-Modified": header(
    "When the resource or an item of the list last changed.",
    text(29, "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$"),
    "Mon, 01 Jan 2024 09:11:00 GMT",
  ),
  "Cache-Status": header("How caches handled the request (RFC 9211).", text(256), "Sluice;hit;ttl=1"),
  Vary: header("The request headers that select the representation.", text(256), "Accept"),
};

export const HEADERS = {
  everywhere,
  representation,
  link: {
    Link: header(
      "The related pages `first`, `prev` and `next` (RFC 8288), as absolute URLs.",
      text(32_768),
      '<https://api.example.com/v1/users>; rel="first"',
    ),
  },
  location: {
    Location: header(
      "The URL of the new resource.",
      { type: "string", maxLength: 2048, format: "uri" },
      "https://api.example.com/v1/api-keys/key_01hk31c5g0f8ga5k2m3n4p5q6r",
    ),
  },
  next: {
    Location: header("The URL to GET next.", { type: "string", maxLength: 8192, format: "uri-reference" }, "/account"),
  },
  acceptPatch: {
    "Accept-Patch": header(
      "The patch formats that the resource supports (RFC 5789).",
      text(256),
      "application/merge-patch+json, application/json-patch+json",
    ),
  },
  wwwAuthenticate: {
    "WWW-Authenticate": header("How to authenticate (RFC 9110 section 11.6.1).", text(1024), 'Bearer realm="sluice"'),
  },
  /** Headers of every metered response, except failures of the service itself. */
  limits: {
    "X-RateLimit-Limit": header(
      "The capacity of the caller's limit in tokens. It is the limit of the account, or of the IP address for anonymous requests.",
      count(),
      100,
    ),
    "X-RateLimit-Remaining": header("The whole tokens left in the caller's limit.", count(), 42),
    "X-RateLimit-Reset": header(
      "When the limit is full again, in epoch seconds.",
      { type: "integer", format: "int64", minimum: 0, maximum: 253_402_300_799 },
      1_795_337_324,
    ),
    "RateLimit-Policy": header(
      "The limits that apply to the request, the caller's own first: the capacity in tokens (`q`) and the seconds to fill it (`w`). draft-ietf-httpapi-ratelimit-headers-11.",
      text(1024),
      '"default";q=100;w=10, "free-day";q=50000;w=86400',
    ),
    RateLimit: header(
      "The state of each limit: the whole tokens left (`r`) and the seconds until the next token (`t`).",
      text(1024),
      '"default";r=42;t=1, "free-day";r=48211;t=2',
    ),
  },
  replayed: {
    "Idempotent-Replayed": header(
      "`true` if the response is that of an earlier request with the same key. Absent otherwise.",
      text(4, "^true$"),
      "true",
    ),
  },
  bookmark: {
    "X-Bookmark": header(
      "Send it with later reads, so that they are never older than this response. Present if the request has credentials or a bookmark and used the database, and after a write that may have taken effect. Absent otherwise, and on a 304 for a response that shared caches may store.",
      text(512, BOOKMARK),
      BOOKMARK_EXAMPLE,
    ),
  },
  retryAfter: {
    "Retry-After": header(
      "The seconds to wait before a retry.",
      { type: "integer", format: "int32", minimum: 1, maximum: 86_400 },
      5,
    ),
  },
};

export interface HeaderParameter {
  readonly in: "header";
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: Record<string, unknown>;
  readonly example: string;
}

const IDEMPOTENCY_KEY: HeaderParameter = {
  in: "header",
  name: "Idempotency-Key",
  required: false,
  description:
    "Identifies the intended effect. Requests with the same key within 24 hours take effect once. 1 to 255 visible ASCII characters, such as a UUID, with or without double quotes.",
  schema: text(
    1024,
    '^("([\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\["\\\\]){1,255}"|[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x7e]{1,255})$',
  ),
  example: "8e03978e-40d5-43dd-bc93-6894a57f9324",
};

const BOOKMARK_SENT: HeaderParameter = {
  in: "header",
  name: "X-Bookmark",
  required: false,
  description:
    "The `X-Bookmark` of the latest response. The new response is never older than that one. An invalid value is not an error: the current state is returned.",
  schema: text(8192),
  example: BOOKMARK_EXAMPLE,
};

/** The `X-Bookmark` parameter of reads that return representations. */
export function bookmarkParameter(method: Method, isRepresentation: boolean): HeaderParameter | undefined {
  return method === "GET" && isRepresentation ? BOOKMARK_SENT : undefined;
}

/** The `Idempotency-Key` parameter, if the operation supports keys. */
export function keyParameter(idempotency: IdempotencyPolicy): HeaderParameter | undefined {
  return idempotency === "none" ? undefined : { ...IDEMPOTENCY_KEY, required: idempotency === "required" };
}
