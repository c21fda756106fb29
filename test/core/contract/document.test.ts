/** The committed OpenAPI documents match the endpoints, and are consistent in themselves. */
import { dereference, initialBaseURI, type Schema, type ValidationResult, validate } from "@cfworker/json-schema";
import { describe, expect, it } from "vitest";
import { abilityOf } from "#core/contract/ability.ts";
import { problemsOf } from "#core/contract/implied-problems.ts";
import { describeApi } from "#core/openapi/document.ts";
import all from "#schema/openapi/openapi.json";
import v1 from "#schema/openapi/v1.json";
import { formats } from "../../../src/app.ts";
import { abilities, endpoints, protocolEndpoints, tags } from "../../../src/modules.ts";

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Example[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
}
interface Response {
  readonly headers?: Readonly<Record<string, Example>>;
  readonly content?: Content;
}
interface Example {
  readonly in?: string;
  readonly name?: string;
  readonly required?: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
type Content = Readonly<Record<string, Example>>;
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const documents = [
  { name: "openapi.json", document: all as unknown as Document, under: "/" }, // the JSON has the shape of an OpenAPI document
  { name: "v1.json", document: v1 as unknown as Document, under: "/v1/" }, // the same
];
const anonymous = abilityOf({ kind: "anonymous", address: "" }, abilities);

describe.each(documents)("L02 $name", ({ document, under }) => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
  const described = endpoints.filter(({ contract }) => contract.path.startsWith(under));
  const spoken = protocolEndpoints.filter(({ contract }) => contract.path.startsWith(under));
  const byName = new Map(operations.map(({ name, operation }) => [name, operation]));

  it("contains exactly the endpoints of its version", () => {
    expect(operations.map(({ name, operation }) => `${name} ${operation.operationId}`).sort()).toEqual(
      [...described, ...spoken]
        .map(({ contract }) => `${contract.method} ${contract.path} ${contract.operationId}`)
        .sort(),
    );
    expect(described.length).toBeGreaterThan(0);
  });

  it("contains only paths of its version", () => {
    expect(Object.keys(document.paths).filter((path) => !path.startsWith(under))).toEqual([]);
  });

  it.each(described.map((endpoint) => [`${endpoint.contract.method} ${endpoint.contract.path}`, endpoint] as const))(
    "%s declares exactly its problems, each under its status",
    (name, endpoint) => {
      const responses = Object.entries(byName.get(name)?.responses ?? {});
      const declared = responses.flatMap(([status, response]) =>
        Object.keys(resolved(document, response).content?.["application/problem+json"]?.examples ?? {}).map(
          (problem) => `${status} ${problem}`,
        ),
      );
      const expected = problemsOf(endpoint).map(({ name, status }) => `${status} ${name}`);
      expect(declared.sort()).toEqual(expected.sort());
    },
  );

  it.each(described.map((endpoint) => [`${endpoint.contract.method} ${endpoint.contract.path}`, endpoint] as const))(
    "%s requires credentials only if its policy does",
    (name, { policy: { access } }) => {
      const isOpen = access === "public" || anonymous.can(access.action, access.subject);
      const security = byName.get(name)?.security ?? [];
      expect(security.some((requirement) => Object.keys(requirement).length === 0)).toBe(isOpen);
      expect(security).toContainEqual({ bearer: [] });
    },
  );

  it.each(operations.map(({ name, operation }) => [name, operation] as const))(
    "%s declares the inputs that cause its statuses, and the statuses that its inputs cause",
    (_, operation) => {
      const declared = Object.entries(operation.responses).flatMap(([status, response]) => [
        status,
        ...Object.keys(resolved(document, response).content?.["application/problem+json"]?.examples ?? {}),
      ]);
      for (const [outcome, isCaused] of Object.entries(CAUSES)) {
        const isDeclared = declared.includes(outcome);
        expect([outcome, isCaused(operation) ?? isDeclared]).toEqual([outcome, isDeclared]);
      }
    },
  );

  it("has no bounds, pattern or format next to an enum or a constant", () => {
    const noise = ["minLength", "maxLength", "pattern", "format", "minimum", "maximum", "minItems", "maxItems"];
    const closed = objectsIn(document).filter((object) => "enum" in object || "const" in object);
    expect(closed.length).toBeGreaterThan(0);
    expect(closed.filter((object) => noise.some((keyword) => keyword in object))).toEqual([]);
  });

  it("has no bound that does not apply to the type", () => {
    const bounds: Readonly<Record<string, readonly unknown[]>> = {
      minLength: ["string"],
      maxLength: ["string"],
      pattern: ["string"],
      minItems: ["array"],
      maxItems: ["array"],
      minimum: ["integer", "number"],
      maximum: ["integer", "number"],
    };
    const misplaced = objectsIn(document).filter(({ type, ...keywords }) =>
      Object.keys(keywords).some((keyword) => typeof type === "string" && bounds[keyword]?.includes(type) === false),
    );
    expect(misplaced).toEqual([]);
  });

  it("has no dangling reference and no unused component", () => {
    const references = referencesIn(document);
    expect(references.filter((reference) => at(document, reference) === undefined)).toEqual([]);
    const components = Object.entries(document.components)
      .filter(([kind]) => kind !== "securitySchemes")
      .flatMap(([kind, members]) => Object.keys(members).map((name) => `#/components/${kind}/${name}`));
    expect(components.sort()).toEqual([...new Set(references)].sort());
  });

  it("has no empty arrays, objects or texts", () => {
    expect(document).not.toHaveProperty("webhooks");
    expect(Object.values(document.components).filter((members) => Object.keys(members).length === 0)).toEqual([]);
  });

  it.each(operations.map(({ name, operation }) => [name, operation] as const))(
    "%s has only examples that match their schemas",
    (_, { parameters = [], requestBody, responses }) => {
      const answers = Object.values(responses).map((response) => resolved(document, response));
      const contents = [requestBody?.content ?? {}, ...answers.map(({ content = {} }) => content)];
      const headers = answers.flatMap((response) => Object.values(response.headers ?? {}));
      const places = [...parameters, ...contents.flatMap((content) => Object.values(content)), ...headers];
      let examples = 0;
      for (const place of places.map((reference) => resolved(document, reference))) {
        for (const value of examplesOf(place)) {
          const { valid, errors } = validated(document, place.schema, value);
          expect(valid, `${JSON.stringify(value)}: ${JSON.stringify(errors)}`).toBe(true);
          examples += 1;
        }
      }
      expect(examples).toBeGreaterThan(0);
    },
  );

  it("has only members whose examples match their schemas", () => {
    const schemas = schemasWithExample(document.components["schemas"]);
    expect(schemas.length).toBeGreaterThan(0);
    for (const schema of schemas) {
      expect(validated(document, schema, schema["example"]).valid, JSON.stringify(schema)).toBe(true);
    }
  });
});

describe("L02 describeApi", () => {
  const options = { version: "0.0.0", formats, anonymous, tags, under: "/" };
  const [first] = endpoints;

  it("refuses an endpoint whose tag has no description", () => {
    if (first === undefined) throw new Error("no endpoints");
    const strange = { ...first, contract: { ...first.contract, tag: "Nowhere" } };
    expect(() => describeApi([strange], [], options)).toThrow(RangeError);
  });

  it("declares both media types for a status that is a response and a problem", () => {
    const { paths } = describeApi(endpoints, protocolEndpoints, options) as unknown as Document; // as written to the file
    expect(Object.keys(paths["/readyz"]?.["get"]?.responses["503"]?.content ?? {})).toEqual([
      "application/health+json",
      "application/problem+json",
      "text/html",
    ]);
  });
});

const hasHeader = (name: string) => (operation: Operation) =>
  operation.parameters?.some((parameter) => parameter.in === "header" && parameter.name === name) === true;

const hasQuery = (name: string) => (operation: Operation) =>
  operation.parameters?.some((parameter) => parameter.in === "query" && parameter.name === name) === true;

/**
 * Outcomes that only a declared input can cause: a status, or a problem by its name. Undefined if the input does not
 * decide.
 */
const CAUSES: Readonly<Record<string, (operation: Operation) => boolean | undefined>> = {
  "304": (operation) =>
    hasHeader("If-None-Match")(operation) && operation.responses["200"] !== undefined && !isWrite(operation),
  "precondition-failed": hasHeader("If-Match"),
  "precondition-required": (operation) =>
    operation.parameters?.some(({ name, required }) => name === "If-Match" && required === true) === true,
  "idempotency-key-missing": (operation) =>
    operation.parameters?.some(({ name, required }) => name === "Idempotency-Key" && required === true) === true,
  "idempotency-key-invalid": hasHeader("Idempotency-Key"),
  "idempotency-key-reused": hasHeader("Idempotency-Key"),
  "idempotency-in-progress": hasHeader("Idempotency-Key"),
  "invalid-cursor": hasQuery("cursor"),
  "cursor-expired": hasQuery("cursor"),
  "snapshot-expired": hasQuery("snapshot"),
  // OAuth has its own error for an invalid body.
  "unsupported-media-type": ({ requestBody, tags }) => (tags.includes("OAuth") ? undefined : requestBody !== undefined),
};

/** Headers and bodies that only writes have. */
function isWrite({ operationId }: Operation): boolean {
  return !/^(list|read|show)/.test(operationId);
}

/** Resolves the references of a document's components, once because that takes most of the time. */
const lookups = new Map<Document, ReturnType<typeof dereference>>();

function validated(document: Document, schema: Schema, value: unknown): ValidationResult {
  const shared = lookups.get(document) ?? dereference({ components: document.components } as Schema); // components have the shape of a schema
  lookups.set(document, shared);
  // dereference() stores its root under this key. Each validated schema needs it for itself.
  delete shared[initialBaseURI.href];
  return validate(value, schema, "2020-12", dereference(schema, Object.create(shared)), false);
}

function examplesOf({ example, examples = {}, schema }: Example): unknown[] {
  const own = example === undefined ? schema["example"] : example;
  return [...(own === undefined ? [] : [own]), ...Object.values(examples).map(({ value }) => value)];
}

/** The value itself, or the component that it refers to. */
function resolved<Place extends object>(document: Document, place: Place): Place {
  return "$ref" in place ? (at(document, String(place.$ref)) as Place) : place; // a component of the same kind
}

function at(document: Document, reference: string): unknown {
  const [kind = "", name = ""] = reference.replace("#/components/", "").split("/");
  return document.components[kind]?.[name];
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "$ref" && typeof member === "string" ? [member] : referencesIn(member),
  );
}

/** Every object of a JSON value, without examples, because those are not schemas. */
function objectsIn(value: unknown): Readonly<Record<string, unknown>>[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : [value as Readonly<Record<string, unknown>>]; // a JSON object
  const members = Object.entries(value).filter(([name]) => name !== "example" && name !== "examples");
  return [...own, ...members.flatMap(([, member]) => objectsIn(member))];
}

function schemasWithExample(value: unknown): Schema[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "example" in value && "type" in value ? [value as Schema] : []; // only schemas have both
  return [...own, ...Object.values(value).flatMap(schemasWithExample)];
}
