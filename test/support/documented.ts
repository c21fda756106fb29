/**
 * Validates a response against the OpenAPI document: its status and its media type are declared, its body matches the
 * schema, and the promised headers are present.
 */
import { dereference, initialBaseURI, type Schema, validate } from "@cfworker/json-schema";
import { expect } from "vitest";
import deployed from "#schema/openapi/openapi.json";
import { blogScopes } from "./blog/scopes.ts";
import { expectJsonApi } from "./json-api.ts";

interface Operation {
  readonly responses: Readonly<Record<string, Reference | ResponseObject>>;
}
interface Reference {
  readonly $ref: string;
}
interface ResponseObject {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses?: Readonly<Record<string, ResponseObject>> };
}

/** Validates a response against a document. Undefined: the document has no such operation. */
export type DocumentCheck = (method: string, url: URL, response: Response) => Promise<void> | undefined;

/** Headers that are present only in certain cases, which other tests cover. */
const OCCASIONAL = new Set([
  "Access-Control-Allow-Origin",
  "Idempotent-Replayed",
  "X-Bookmark",
  "Server-Timing",
  // Absent while the limiter is unavailable. The test of B01 proves that they are present otherwise.
  ...["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit", "RateLimit-Policy"],
]);

const PROBLEM: Schema = { $ref: "#/components/schemas/Problem" };
/** The document of the deployment. The service under test has the scopes of the blog, too. */
const document: typeof deployed = JSON.parse(JSON.stringify(deployed), (_, value) =>
  Array.isArray(value?.items?.enum) && value.items.enum.includes("users:read") ? withScopesOfBlog(value) : value,
);
const lookupOfService = lookupsOf(document);
const checkService = documentCheck(document as unknown as ApiDocument, lookupOfService); // the JSON has the shape of an OpenAPI document

function withScopesOfBlog(schema: { readonly maxItems: number; readonly items: { readonly enum: readonly string[] } }) {
  const names = [...schema.items.enum, ...Object.keys(blogScopes)];
  return {
    ...schema,
    maxItems: schema.maxItems + Object.keys(blogScopes).length,
    items: { ...schema.items, enum: names },
  };
}

/** For other paths and methods only a 4xx problem, or a redirect to a documented path, is allowed. */
export async function expectDocumented(method: string, url: URL, response: Response): Promise<void> {
  const bytes = headerBytes(response.headers);
  expect(bytes, `${method} ${url.pathname} ${response.status} has ${bytes} bytes of headers`).toBeLessThan(8192);
  const checked = checkService(method, url, response);
  if (checked !== undefined) return checked;
  expect(
    [204, 308, 400, 401, 403, 404, 405, 409, 412, 413, 414, 415, 422, 428, 429, 500, 503],
    `${method} ${url.pathname} is in no OpenAPI document`,
  ).toContain(response.status);
  const isPage = response.headers.get("Content-Type") === "text/html; charset=utf-8";
  if (response.status >= 400 && method !== "HEAD" && !isPage)
    await expectSchema(PROBLEM, response, method, lookupOfService);
}

/** A check against `document`. Its references are resolved once, since that takes most of the time. */
export function documentCheck(document: ApiDocument, lookupOf = lookupsOf(document)): DocumentCheck {
  const patterns = Object.keys(document.paths).map((path) => ({ path, pattern: templatePattern(path) }));

  return (method, url, response) => {
    const operation = operationAt(method, url.pathname);
    return operation === undefined ? undefined : check(operation, method, url, response);
  };

  async function check(operation: Operation, method: string, url: URL, response: Response): Promise<void> {
    const declared = resolve(operation.responses[response.status]);
    expect(declared, `${method} ${url.pathname} returned ${response.status}, which is not declared`).toBeDefined();
    for (const name of Object.keys(declared?.headers ?? {})) {
      if (!OCCASIONAL.has(name))
        expect(response.headers.get(name), `${method} ${url.pathname} ${response.status} lacks ${name}`).not.toBeNull();
    }
    const mediaType = response.headers.get("Content-Type")?.split(";")[0] ?? "";
    if (response.body === null) return;
    const content = declared?.content?.[mediaType];
    expect(
      content,
      `${method} ${url.pathname} ${response.status} has ${mediaType}, which is not declared`,
    ).toBeDefined();
    if (content !== undefined && mediaType.endsWith("json"))
      await expectSchema(content.schema, response, method, lookupOf);
    if (mediaType === "application/vnd.api+json" && method !== "HEAD") {
      expectJsonApi(await response.clone().json(), url);
    }
  }

  function operationAt(method: string, pathname: string): Operation | undefined {
    // Letters may be percent-encoded, and escapes may be malformed.
    const decoded = pathname.replaceAll(/%[4-7][0-9a-f]/gi, decodeURIComponent);
    const found = patterns.find(({ pattern }) => pattern.test(decoded));
    return found === undefined
      ? undefined
      : document.paths[found.path]?.[method === "HEAD" ? "get" : method.toLowerCase()];
  }

  function resolve(response: Reference | ResponseObject | undefined): ResponseObject | undefined {
    if (response === undefined || !("$ref" in response)) return response;
    return document.components.responses?.[response.$ref.split("/").at(-1) ?? ""];
  }
}

/** The size of the headers in HTTP/1.1. Node's `fetch` accepts 16 KiB, many proxies 8 KiB. */
export function headerBytes(headers: Headers): number {
  return Array.from(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}

type Lookup = ReturnType<typeof dereference>;

async function expectSchema(
  schema: Schema,
  response: Response,
  method: string,
  lookupOf: (schema: Schema) => Lookup,
): Promise<void> {
  const { valid, errors } = validate(await response.clone().json(), schema, "2020-12", lookupOf(schema), false);
  expect(valid, `${method} ${response.url} ${response.status}: ${JSON.stringify(errors)}`).toBe(true);
}

/** Resolves the references of a schema and of the document's components. */
function lookupsOf({ components }: { readonly components: object }): (schema: Schema) => Lookup {
  const shared = dereference({ components } as unknown as Schema); // the JSON has the shape of a JSON Schema
  // dereference() stores its root under this key. Each validated schema needs it for itself.
  delete shared[initialBaseURI.href];
  const lookups = new Map<Schema, Lookup>();
  return (schema) => {
    const known = lookups.get(schema);
    if (known !== undefined) return known;
    const made = dereference(schema, Object.create(shared));
    lookups.set(schema, made);
    return made;
  };
}

/** A pattern for the paths of an OpenAPI template. */
export function templatePattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}
