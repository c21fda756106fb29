/** Requests that fail, at least one for every layer that can refuse. Tests check what all failures have in common. */
import { endpoint } from "#core/contract/endpoint.ts";
import { problem } from "#core/http/problem.ts";
import type { ProblemName } from "#core/http/problem-types.ts";
import { MAX_BODY_BYTES } from "#pipeline/receive/receive.ts";
import { brokenDatabase } from "../support/broken-database.ts";
import { customer, type ServiceOptions, staff } from "../support/service.ts";

export interface Failure {
  readonly name: string;
  readonly type: ProblemName;
  /** A path of the blog. Empty: the path of a new post. */
  readonly path: string;
  readonly init?: RequestInit;
  readonly options?: ServiceOptions;
  readonly headers?: Readonly<Record<string, string | RegExp>>;
}

/** Service options with the bindings of a deployment, valid or not. */
export function bind(values: Record<string, unknown>): { readonly bindings: Partial<Env> } {
  return { bindings: values as Partial<Env> }; // the type has only the values of wrangler.toml
}

export const MISSING = "/v1/posts/post_01hk2nvj80e8ev3rx1q7t4d6zz";
export const asStaff = { as: staff };
const json = { "Content-Type": "application/json" };
export const post = (body: BodyInit, headers: Record<string, string> = json): RequestInit => ({
  method: "POST",
  body,
  headers,
});
export const SQL_TEXT = "D1_ERROR: no such column: secret_column: SQLITE_ERROR";

export const throwing = [
  endpoint({
    contract: {
      operationId: "throwError",
      method: "GET",
      path: "/v1/throws-error",
      tag: "Test",
      summary: "",
      description: "",
      success: { kind: "empty", status: 204 },
    },
    policy: { access: "public", limit: { cost: "read" }, cache: "no-store", precondition: "none", idempotency: "none" },
    handler: async () => {
      throw new RangeError("secret of /src/store/secret.ts");
    },
  }),
  endpoint({
    contract: {
      operationId: "throwText",
      method: "POST",
      path: "/v1/throws-text",
      tag: "Test",
      summary: "",
      description: "",
      success: { kind: "empty", status: 204 },
    },
    policy: {
      access: "public",
      limit: { cost: "read" },
      cache: "no-store",
      precondition: "none",
      idempotency: "honoured",
    },
    handler: async () => {
      throw "a secret that is no error";
    },
  }),
  endpoint({
    contract: {
      operationId: "throwUnavailable",
      method: "GET",
      path: "/v1/throws-unavailable",
      tag: "Test",
      summary: "",
      description: "",
      success: { kind: "empty", status: 204 },
    },
    policy: { access: "public", limit: { cost: "read" }, cache: "no-store", precondition: "none", idempotency: "none" },
    handler: async () => {
      throw problem("service-unavailable", { cause: new Error("a secret cause") });
    },
  }),
];

export const FAILURES: readonly Failure[] = [
  { name: "an unknown path", type: "not-found", path: "/nothing" },
  { name: "the root of a version", type: "not-found", path: "/v1/" },
  {
    name: "a method that the path does not support",
    type: "method-not-allowed",
    path: "/v1/posts",
    init: { method: "PUT" },
    headers: { Allow: "GET, HEAD, POST, OPTIONS" },
  },
  {
    name: "a method that no path supports",
    type: "method-not-allowed",
    path: "/v1/posts",
    init: { method: "PROPFIND" },
    headers: { Allow: "GET, HEAD, POST, OPTIONS" },
  },
  { name: "a long URL", type: "uri-too-long", path: `/v1/posts?q=${"a".repeat(8192)}` },
  {
    name: "an invalid configuration",
    type: "service-unavailable",
    path: "/v1/posts",
    options: bind({ SLUICE_SECRET: "short" }),
    headers: { "Retry-After": "60" },
  },
  {
    name: "invalid credentials on a public route",
    type: "unauthorized",
    path: "/v1/posts",
    init: { headers: { Authorization: "Bearer x" } },
    headers: { "WWW-Authenticate": /^Bearer .*error="invalid_token"/ },
  },
  {
    name: "an unsupported authentication scheme",
    type: "unauthorized",
    path: "/v1/posts",
    init: { headers: { Authorization: "Basic eDp5" } },
    headers: { "WWW-Authenticate": /^Bearer / },
  },
  {
    name: "no credentials where they are needed",
    type: "unauthorized",
    path: "/v1/posts",
    init: post("{}"),
    headers: { "WWW-Authenticate": /^Bearer realm="sluice"(?!.*error=)/ },
  },
  {
    name: "no acceptable format",
    type: "not-acceptable",
    path: "/v1/posts",
    init: { headers: { Accept: "text/csv" } },
    headers: { Vary: /\bAccept\b/ },
  },
  {
    name: "an unsupported media type",
    type: "unsupported-media-type",
    path: "/v1/posts",
    init: post("a=1", { "Content-Type": "text/plain" }),
    options: asStaff,
    headers: { Accept: "application/json", "Accept-Post": "application/json" },
  },
  {
    name: "an unsupported media type of a patch",
    type: "unsupported-media-type",
    path: MISSING,
    init: { ...post("{}"), method: "PATCH" },
    options: asStaff,
    headers: { "Accept-Patch": "application/merge-patch+json, application/json-patch+json" },
  },
  {
    name: "an unsupported content encoding",
    type: "unsupported-media-type",
    path: "/v1/posts",
    init: post("{}", { ...json, "Content-Encoding": "gzip" }),
    options: asStaff,
    headers: { "Accept-Encoding": "identity" },
  },
  {
    name: "a large body",
    type: "content-too-large",
    path: "/v1/posts",
    init: post(" ".repeat(MAX_BODY_BYTES + 1)),
    options: asStaff,
  },
  { name: "a malformed id", type: "not-found", path: "/v1/posts/1" },
  { name: "a missing resource", type: "not-found", path: MISSING },
  { name: "an invalid parameter", type: "invalid-parameter", path: "/v1/posts?limit=0" },
  {
    name: "a missing precondition",
    type: "precondition-required",
    path: "",
    init: { method: "DELETE" },
    options: asStaff,
  },
  {
    name: "a failed precondition",
    type: "precondition-failed",
    path: "",
    init: { method: "DELETE", headers: { "If-Match": '"x"' } },
    options: asStaff,
  },
  { name: "malformed JSON", type: "malformed-request", path: "/v1/posts", init: post("{"), options: asStaff },
  { name: "an empty body", type: "malformed-request", path: "/v1/posts", init: post(""), options: asStaff },
  { name: "an invalid body", type: "validation-error", path: "/v1/posts", init: post("{}"), options: asStaff },
  { name: "an invalid cursor", type: "invalid-cursor", path: "/v1/posts?cursor=abc" },
  {
    name: "a missing permission",
    type: "forbidden",
    path: "/v1/posts",
    init: post("{}"),
    options: { as: customer },
  },
  {
    name: "an unexpected error",
    type: "internal-error",
    path: "/v1/throws-error",
    options: { extraEndpoints: throwing },
  },
  {
    name: "a thrown value that is not an Error",
    type: "internal-error",
    path: "/v1/throws-text",
    init: { method: "POST" },
    options: { extraEndpoints: throwing },
  },
  {
    name: "an unavailable dependency",
    type: "service-unavailable",
    path: "/v1/throws-unavailable",
    options: { extraEndpoints: throwing },
    headers: { "Retry-After": /^[1-9][0-9]*$/ },
  },
  {
    name: "a broken database",
    type: "internal-error",
    path: "/v1/posts",
    options: { bindings: { DB: brokenDatabase(SQL_TEXT) } },
  },
];
