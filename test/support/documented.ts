/**
 * Holds an answer against the OpenAPI document: its status is declared, its media type is declared for the status, its
 * body fits the schema, and the headers the document promises are there.
 */
import { dereference, initialBaseURI, type Schema, validate } from "@cfworker/json-schema";
import { expect } from "vitest";
import document from "#schema/openapi/openapi.json";
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

const paths = document.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>; // JSON, of the shape that OpenAPI gives it

/** Where the references of the components lead: found once, since they are most of the document. */
const shared = dereference({ components: document.components } as unknown as Schema); // JSON, of the shape that JSON Schema gives it
// Of each schema that is held against an answer, this is the place.
delete shared[initialBaseURI.href];

const patterns = Object.keys(paths).map((path) => ({ path, pattern: templatePattern(path) }));

/** Headers that are there only in certain cases, which other tests cover. */
const OCCASIONAL = new Set([
  "Access-Control-Allow-Origin",
  "Idempotent-Replayed",
  "X-Bookmark",
  "Server-Timing",
  // Absent while nobody can be asked; that they are there otherwise is B01's to hold.
  ...["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit", "RateLimit-Policy"],
]);

const lookups = new Map<Schema, typeof shared>();

/** Paths outside the document (and methods that a path has not) may answer 4xx problems only, or lead to one that has. */
export async function expectDocumented(method: string, url: URL, response: Response): Promise<void> {
  const bytes = headerBytes(response.headers);
  expect(bytes, `${method} ${url.pathname} ${response.status} has ${bytes} bytes of headers`).toBeLessThan(8192);
  const operation = operationAt(method, url.pathname);
  if (operation === undefined) {
    expect(
      [204, 308, 400, 401, 403, 404, 405, 409, 412, 413, 414, 415, 422, 428, 429, 500, 503],
      `${method} ${url.pathname} is in no document`,
    ).toContain(response.status);
    const isPage = response.headers.get("Content-Type") === "text/html; charset=utf-8";
    if (response.status >= 400 && method !== "HEAD" && !isPage)
      await expectSchema({ $ref: "#/components/schemas/Problem" }, response, method);
    return;
  }
  const declared = resolve(operation.responses[response.status]);
  expect(declared, `${method} ${url.pathname} answers ${response.status}, which is not declared`).toBeDefined();
  for (const name of Object.keys(declared?.headers ?? {})) {
    if (!OCCASIONAL.has(name))
      expect(response.headers.get(name), `${method} ${url.pathname} ${response.status} lacks ${name}`).not.toBeNull();
  }
  const mediaType = response.headers.get("Content-Type")?.split(";")[0] ?? "";
  if (response.body === null) return;
  const content = declared?.content?.[mediaType];
  expect(content, `${method} ${url.pathname} ${response.status} has ${mediaType}, which is not declared`).toBeDefined();
  if (content !== undefined && mediaType.endsWith("json")) await expectSchema(content.schema, response, method);
  if (mediaType === "application/vnd.api+json" && method !== "HEAD") {
    expectJsonApi(await response.clone().json(), url);
  }
}

/** As HTTP/1.1 writes them: what Node's `fetch` takes 16 KiB of, and many proxies 8. */
export function headerBytes(headers: Headers): number {
  return Array.from(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}

async function expectSchema(schema: Schema, response: Response, method: string): Promise<void> {
  const { valid, errors } = validate(await response.clone().json(), schema, "2020-12", lookupOf(schema), false);
  expect(valid, `${method} ${response.url} ${response.status}: ${JSON.stringify(errors)}`).toBe(true);
}

/** Where the references of a schema and of the components lead. */
function lookupOf(schema: Schema): typeof shared {
  const known = lookups.get(schema);
  if (known !== undefined) return known;
  const made = dereference(schema, Object.create(shared));
  lookups.set(schema, made);
  return made;
}

function operationAt(method: string, pathname: string): Operation | undefined {
  // Letters may be written as escapes, and escapes may be broken.
  const plainly = pathname.replaceAll(/%[4-7][0-9a-f]/gi, decodeURIComponent);
  const found = patterns.find(({ pattern }) => pattern.test(plainly));
  return found === undefined ? undefined : paths[found.path]?.[method === "HEAD" ? "get" : method.toLowerCase()];
}

/** What the paths of an OpenAPI template look like. */
export function templatePattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

function resolve(response: Reference | ResponseObject | undefined): ResponseObject | undefined {
  if (response === undefined || !("$ref" in response)) return response;
  const name = response.$ref.split("/").at(-1) ?? "";
  return (document.components.responses as unknown as Record<string, ResponseObject>)[name]; // likewise
}
