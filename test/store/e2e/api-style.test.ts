/**
 * Every rule of the API style can fail: for each rule there is a minimal change to the real document that breaks it.
 * All broken documents are linted in one run of Spectral by its command line, as in `npm run lint:api`.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import committed from "#schema/openapi/v1.json" with { type: "json" };

/** A rule, a JSON pointer into the document, and the new value. Undefined removes the value. */
type Break = readonly [rule: string, pointer: string, value: unknown];

/** The paths that the changes apply to. Few paths keep each of the many documents small. */
const PATHS = ["/v1/products", "/v1/products/{id}", "/v1/users/me", "/v1/api-keys/{id}/rotate"] as const;

const document = documentOf(PATHS);

const LIST = "/paths/~1v1~1products/get";
const CREATE = "/paths/~1v1~1products/post";
const READ = "/paths/~1v1~1products~1{id}/get";
const CHANGE = "/paths/~1v1~1products~1{id}/patch";
const DELETE = "/paths/~1v1~1products~1{id}/delete";
const ROTATE = "/paths/~1v1~1api-keys~1{id}~1rotate/post";
const PRODUCT = "/components/schemas/Product/properties";
const INPUT = "/components/schemas/ProductInput";
const PROBLEM = "/components/responses/not-found";
const UNKNOWN = { description: "?", content: {} };

const OWN_RULES: readonly Break[] = [
  ["sluice:limit-headers", `${LIST}/responses/200/headers/RateLimit`, undefined],
  ["sluice:limit-headers", `${CREATE}/responses/201/headers/X-RateLimit-Reset`, undefined],
  ["sluice:limit-headers", `${PROBLEM}/headers/RateLimit-Policy`, undefined],
  ["sluice:operation-id", `${LIST}/operationId`, "products_list"],
  ["sluice:operation-id", `${LIST}/operationId`, "products"],
  ["sluice:operation-id", `${LIST}/operationId`, "deleteProducts"],
  ["sluice:operation-id", `${CREATE}/operationId`, "addProduct"],
  ["sluice:operation-id", `${ROTATE}/operationId`, "rotate"],
  ["sluice:operation-id", `${CHANGE}/operationId`, "updateProduct"],
  ["sluice:operation-id", `${DELETE}/operationId`, "removeProduct"],
  ["sluice:operation-summary", `${LIST}/summary`, "List products."],
  ["sluice:operation-summary", `${LIST}/summary`, "list products"],
  ["sluice:operation-summary", `${LIST}/summary`, `L${"i".repeat(60)}st`],
  ["sluice:operation-summary", `${LIST}/summary`, undefined],
  ["sluice:operation-description", `${LIST}/description`, undefined],
  ["sluice:operation-description", `${LIST}/description`, "pages"],
  ["sluice:one-tag", `${LIST}/tags/1`, "Health"],
  ["sluice:one-tag", `${LIST}/tags`, []],
  ["sluice:methods", "/paths/~1v1~1products~1{id}/put", { responses: {} }],
  ["sluice:methods", "/paths/~1v1~1products~1{id}/post", { responses: {} }],
  ["sluice:methods", "/paths/~1v1~1products/delete", { responses: {} }],
  ["sluice:methods", "/paths/~1v1~1users~1me/post", { responses: {} }],
  ["sluice:methods", "/paths/~1v1~1api-keys~1{id}~1rotate/get", { responses: {} }],
  ["sluice:methods", "/paths/~1v1~1api-keys~1{id}~1rotate/delete", { responses: {} }],
  ["sluice:path-segments", "/paths/~1v1~1products~1", {}],
  ["sluice:path-segments", "/paths/~1v1~1giftCards", {}],
  ["sluice:path-segments", "/paths/~1v1~1gift_cards", {}],
  ["sluice:path-collections", "/paths/~1v1~1product", {}],
  ["sluice:path-collections", "/paths/~1v1~1products~1publish", {}],
  ["sluice:path-collections", "/paths/~1v1~1products~1{id}~1publish~1now", {}],
  ["sluice:path-collections", "/paths/~1v1~1me", {}],
  ["sluice:path-collections", "/paths/~1v1~1search", {}],
  ["sluice:member-names", `${PRODUCT}/listPrice`, { type: "boolean" }],
  ["sluice:member-names", `${PRODUCT}/_secret`, { type: "boolean" }],
  ["sluice:parameter-names", `${LIST}/parameters/0/name`, "pageSize"],
  ["sluice:parameter-names", `${LIST}/parameters/0/name`, "filter[price][max]"],
  ["sluice:enum-values", `${PRODUCT}/kind`, { type: "string", enum: ["Gift Card"] }],
  ["sluice:enum-values", `${PRODUCT}/kind`, { type: "string", enum: ["giftCard"] }],
  ["sluice:enum-values", `${PRODUCT}/kind`, { type: "string", enum: ["gift:Card"] }],
  ["sluice:enum-values", `${LIST}/parameters/4/schema/items/enum/0`, "createdAt"],
  ["sluice:ids", `${PRODUCT}/id/type`, "integer"],
  ["sluice:ids", `${PRODUCT}/id/pattern`, undefined],
  ["sluice:ids", `${PRODUCT}/owner_id`, { type: "string", format: "uuid" }],
  ["sluice:ids", `${READ}/parameters/0/schema/pattern`, undefined],
  ["sluice:times", `${PRODUCT}/created_at`, { type: "integer", format: "int64" }],
  ["sluice:times", `${PRODUCT}/sold_at`, { type: "string" }],
  ["sluice:times", `${PRODUCT}/creation`, { type: "string", format: "date-time" }],
  ["sluice:times", `${PRODUCT}/created_on`, { type: "string", format: "date-time" }],
  ["sluice:times", `${PRODUCT}/at`, { type: "string", format: "date-time" }],
  ["sluice:times", `${PRODUCT}/flat`, { type: "string", format: "date-time" }],
  ["sluice:money", `${PRODUCT}/price`, { type: "number" }],
  ["sluice:money", `${PRODUCT}/unit_price`, { type: "integer" }],
  ["sluice:money", "/components/schemas/Money/properties/currency", undefined],
  ["sluice:money", "/components/schemas/Money/properties/amount/type", "number"],
  ["sluice:money", "/components/schemas/Money/properties/currency/enum", undefined],
  ["sluice:money", `${PRODUCT}/amount`, { type: "integer" }],
  ["sluice:no-null", `${PRODUCT}/brand/type`, ["string", "null"]],
  ["sluice:no-null", `${PRODUCT}/brand/type`, "null"],
  ["sluice:no-null", `${LIST}/parameters/0/schema/type`, ["integer", "null"]],
  ["sluice:closed-bodies", `${INPUT}/additionalProperties`, undefined],
  ["sluice:closed-bodies", `${INPUT}/additionalProperties`, true],
  ["sluice:closed-bodies", `${INPUT}/properties/size`, { type: "object" }],
  ["sluice:closed-bodies", "/components/schemas/ProductMergePatch/properties/price/additionalProperties", undefined],
  ["sluice:body-media-types", `${CREATE}/requestBody/content/application~1x-www-form-urlencoded`, {}],
  ["sluice:body-media-types", `${CHANGE}/requestBody/content/application~1json`, {}],
  ["sluice:body-media-types", `${CHANGE}/requestBody/content/application~1json-patch+json`, undefined],
  ["sluice:named-schemas", `${CREATE}/requestBody/content/application~1json/schema`, { type: "object" }],
  ["sluice:named-schemas", `${READ}/responses/200/content/application~1hal+json/schema`, { type: "object" }],
  ["sluice:body-examples", `${CREATE}/requestBody/content/application~1json/example`, undefined],
  ["sluice:body-examples", `${READ}/responses/200/content/application~1json/example`, undefined],
  ["sluice:body-examples", `${PROBLEM}/content/application~1problem+json/examples`, undefined],
  ["sluice:parameter-examples", `${LIST}/parameters/0/schema/example`, undefined],
  ["sluice:parameter-examples", `${CHANGE}/parameters/1/example`, undefined],
  ["sluice:representation-formats", `${READ}/responses/200/content/application~1hal+json`, undefined],
  ["sluice:representation-formats", `${CREATE}/responses/201/content/text~1csv`, {}],
  ["sluice:representation-validators", `${READ}/responses/200/headers/ETag`, undefined],
  ["sluice:representation-validators", `${LIST}/responses/200/headers/Last-Modified`, undefined],
  ["sluice:representation-validators", `${CREATE}/responses/201/headers/Vary`, undefined],
  ["sluice:conditional-reads", `${READ}/responses/304`, undefined],
  ["sluice:conditional-reads", `${READ}/parameters/4/name`, "If-Range"],
  ["sluice:sparse-fields", `${READ}/parameters/1/name`, "only"],
  ["sluice:list-parameters", `${LIST}/parameters/0/name`, "size"],
  ["sluice:list-parameters", `${LIST}/parameters/0/schema/maximum`, undefined],
  ["sluice:list-parameters", `${LIST}/parameters/1/name`, "after"],
  ["sluice:list-shape", `${LIST}/responses/200/headers/Link`, undefined],
  ["sluice:list-shape", "/components/schemas/ProductList/required", ["data"]],
  ["sluice:list-shape", "/components/schemas/ProductList/required", ["page"]],
  ["sluice:list-shape", "/components/schemas/ProductList/properties/data/maxItems", undefined],
  ["sluice:list-shape", "/components/schemas/ProductList", { type: "array", items: {} }],
  ["sluice:created-location", `${CREATE}/responses/201/headers/Location`, undefined],
  ["sluice:success-statuses", `${READ}/responses/200`, undefined],
  ["sluice:success-statuses", `${CREATE}/responses/201`, undefined],
  ["sluice:success-statuses", `${ROTATE}/responses/200`, undefined],
  ["sluice:success-statuses", `${CHANGE}/responses/200`, undefined],
  ["sluice:success-statuses", `${DELETE}/responses/204`, undefined],
  ["sluice:success-statuses", `${DELETE}/responses/204/content`, {}],
  ["sluice:guarded-writes", `${CHANGE}/parameters/1/required`, false],
  ["sluice:guarded-writes", `${DELETE}/parameters/1`, undefined],
  ["sluice:guarded-writes", `${CHANGE}/responses/412`, undefined],
  ["sluice:guarded-writes", `${DELETE}/responses/428`, undefined],
  ["sluice:problem-documents", `${READ}/responses/404`, UNKNOWN],
  ["sluice:problem-documents", `${PROBLEM}/content/application~1json`, {}],
  ["sluice:problem-documents", `${PROBLEM}/content/application~1problem+json`, undefined],
  ["sluice:problem-documents", `${PROBLEM}/content/application~1problem+json/schema`, { type: "object" }],
  ["sluice:problem-members", "/components/schemas/Problem/required", ["type", "title", "status", "detail"]],
  ["sluice:answer-headers", `${LIST}/responses/200/headers/X-Correlation-Id`, undefined],
  ["sluice:answer-headers", `${DELETE}/responses/204/headers/Cache-Control`, undefined],
  ["sluice:answer-headers", `${PROBLEM}/headers/traceparent`, undefined],
  ["sluice:answer-headers", `${LIST}/responses/200/headers`, undefined],
  ["sluice:retry-headers", "/components/responses/unauthorized/headers/WWW-Authenticate", undefined],
  [
    "sluice:retry-headers",
    "/components/responses/service-unavailable.temporary-reduced-capacity/headers/Retry-After",
    undefined,
  ],
  ["sluice:semver", "/info/version", "v1"],
];

/** Rules of other rulesets that the style guide relies on. The tests show that they are present and enabled. */
const FOREIGN_RULES: readonly Break[] = [
  ["invalid-ref", `${LIST}/responses/404`, { $ref: "#/components/responses/nowhere" }],
  ["oas3-schema", "/info/title", undefined],
  ["oas3-unused-component", "/components/schemas/Unused", { type: "boolean" }],
  ["oas3-valid-media-example", `${CREATE}/requestBody/content/application~1json/example/stock`, -1],
  ["oas3-valid-schema-example", `${PRODUCT}/stock/example`, -1],
  ["oas3-parameter-description", `${READ}/parameters/0/description`, undefined],
  ["operation-operationId-unique", `${READ}/operationId`, "listProducts"],
  ["operation-tag-defined", `${LIST}/tags/0`, "Nowhere"],
  ["openapi-tags-alphabetical", "/tags/0/name", "Zebras"],
  ["tag-description", "/tags/0/description", undefined],
  ["owasp:api1:2023-no-numeric-ids", `${READ}/parameters/0/schema`, { type: "integer" }],
  ["owasp:api2:2023-no-http-basic", "/components/securitySchemes/bearer/scheme", "basic"],
  ["owasp:api2:2023-write-restricted", `${CREATE}/security`, undefined],
  ["owasp:api4:2023-array-limit", "/components/schemas/ProductList/properties/data/maxItems", undefined],
  ["owasp:api4:2023-string-limit", `${PRODUCT}/name/maxLength`, undefined],
  ["owasp:api4:2023-string-restricted", `${PRODUCT}/name/pattern`, undefined],
  ["owasp:api4:2023-integer-limit", `${PRODUCT}/stock/maximum`, undefined],
  ["owasp:api4:2023-integer-format", `${PRODUCT}/stock/format`, undefined],
  ["owasp:api8:2023-define-cors-origin", `${PROBLEM}/headers/Access-Control-Allow-Origin`, undefined],
  ["owasp:api8:2023-define-error-validation", `${LIST}/responses/400`, undefined],
  ["owasp:api8:2023-define-error-responses-401", `${LIST}/responses/401`, undefined],
  ["owasp:api8:2023-define-error-responses-500", `${LIST}/responses/500`, undefined],
];

const root = fileURLToPath(new URL("../../..", import.meta.url).href);
/** Generous, for a machine under load. */
const LINT_TIMEOUT_MS = 300_000;
type Findings = ReadonlyMap<string, ReadonlySet<string>>;

const directory = mkdtempSync(join(tmpdir(), "sluice-api-style-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("L03 the project's own rules", () => {
  let found: Findings;
  beforeAll(async () => {
    const broken = OWN_RULES.map((row) => [nameOf(row), brokenBy([row])] as const);
    found = await lint("style/api-rules.yaml", [["unbroken", document], ...broken]);
  }, LINT_TIMEOUT_MS);

  it("find nothing in the unchanged document", () => {
    expect([...(found.get("unbroken") ?? [])]).toEqual([]);
  });

  it.each(OWN_RULES.map((row) => [...row, nameOf(row)] as const))("%s at %s: %j", (rule, _, __, name) => {
    expect([...(found.get(name) ?? [])]).toContain(rule);
  });

  it("all have a document that breaks them", () => {
    const declared = Array.from(
      readFileSync(join(root, "style/api-rules.yaml"), "utf8").matchAll(/^ {2}(sluice:[a-z-]+):$/gm),
      ([, name]) => name,
    );
    expect(declared.sort()).toEqual([...new Set(OWN_RULES.map(([rule]) => rule))].sort());
  });

  it("are all explained in the style guide", () => {
    const guide = readFileSync(join(root, "docs/api-style.md"), "utf8");
    expect(OWN_RULES.map(([rule]) => rule).filter((rule) => !guide.includes(`\`${rule}\``))).toEqual([]);
  });
});

describe("L03 the rules of OpenAPI and OWASP", () => {
  let found: Findings;
  beforeAll(async () => {
    found = await lint(".spectral.yaml", [
      ["unbroken", document],
      ["broken", brokenBy(FOREIGN_RULES)],
    ]);
  }, LINT_TIMEOUT_MS);

  it.each(FOREIGN_RULES)("%s at %s: %j", (rule) => {
    expect([...(found.get("broken") ?? [])]).toContain(rule);
    // The ruleset exempts some places by the path of the committed file, which a copy does not have.
    if (rule !== "owasp:api4:2023-string-restricted") expect([...(found.get("unbroken") ?? [])]).not.toContain(rule);
  });
});

/** The committed document reduced to these paths and everything they refer to. */
function documentOf(paths: readonly (keyof typeof committed.paths)[]) {
  const kept = Object.fromEntries(paths.map((path) => [path, committed.paths[path]]));
  const components: Record<string, Record<string, unknown>> = { securitySchemes: committed.components.securitySchemes };
  const known = committed.components as unknown as Record<string, Record<string, unknown>>; // JSON: kinds of components by name
  const open: unknown[] = [kept];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    for (const [, kind = "", name = ""] of JSON.stringify(part).matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)) {
      if (components[kind]?.[name] !== undefined) continue;
      components[kind] = { ...components[kind], [name]: known[kind]?.[name] };
      open.push(components[kind][name]);
    }
  }
  const tags = new Set(Object.values(kept).flatMap((methods) => Object.values(methods).flatMap((each) => each.tags)));
  return { ...committed, tags: committed.tags.filter(({ name }) => tags.has(name)), paths: kept, components };
}

function nameOf([rule, pointer, value]: Break): string {
  return `${rule} ${pointer} ${JSON.stringify(value)}`.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(0, 200);
}

/** The rules that Spectral reports for each document, by the document's name. */
async function lint(ruleset: string, documents: readonly (readonly [string, unknown])[]): Promise<Findings> {
  const files = documents.map(([name, content]) => {
    const file = join(directory, `${name}.json`);
    writeFileSync(file, JSON.stringify(content));
    return file;
  });
  const findings = JSON.parse(await spectral(ruleset, files)) as { readonly code: string; readonly source: string }[]; // the output format of Spectral
  const bySource = Map.groupBy(findings, ({ source }) => source.slice(directory.length + 1, -".json".length));
  return new Map(Array.from(bySource, ([name, list]) => [name, new Set(list.map(({ code }) => code))]));
}

function spectral(ruleset: string, files: readonly string[]): Promise<string> {
  const cli = join(root, "node_modules/@stoplight/spectral-cli/dist/index.js");
  const args = [cli, "lint", "--quiet", "--format=json", `--ruleset=${ruleset}`, ...files];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      // Exit code 1 reports findings, 2 a failure of the linter.
      if (error !== null && error.code !== 1) reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
}

type Node = Record<string, unknown>;

function brokenBy(breaks: readonly Break[]): Node {
  const copy = structuredClone(document) as Node; // JSON
  for (const row of breaks) breakIn(copy, row);
  return copy;
}

function breakIn(copy: Node, [rule, pointer, value]: Break): void {
  const path = pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/"));
  const last = path.pop() ?? "";
  const holder = path.reduce((node, segment) => throughReference(copy, childOf(node, segment, pointer)), copy);
  if (value !== undefined) holder[last] = value;
  else if (!(last in holder)) throw new Error(`${rule}: there is no value at ${pointer}`);
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
}

function childOf(node: Node, segment: string, pointer: string): Node {
  const child = node[segment];
  if (typeof child !== "object" || child === null) throw new Error(`there is no value at ${pointer}`);
  return child as Node; // an object or an array
}

/** Follows a reference, so that a shared header or response is changed in its definition. */
function throughReference(copy: Node, node: Node): Node {
  const reference = node["$ref"];
  if (typeof reference !== "string") return node;
  return reference
    .slice(2)
    .split("/")
    .reduce<Node>((at, segment) => at[segment] as Node, copy); // the document's references resolve
}
