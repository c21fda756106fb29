/** The committed OpenAPI documents against the endpoints they describe, and against themselves. */
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
  { name: "openapi.json", document: all as unknown as Document, under: "/" }, // JSON, of the shape that OpenAPI gives it
  { name: "v1.json", document: v1 as unknown as Document, under: "/v1/" }, // likewise
];
const anonymous = abilityOf({ kind: "anonymous", address: "" }, abilities);

describe.each(documents)("L02 $name", ({ document, under }) => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
  const described = endpoints.filter(({ contract }) => contract.path.startsWith(under));
  const spoken = protocolEndpoints.filter(({ contract }) => contract.path.startsWith(under));
  const byName = new Map(operations.map(({ name, operation }) => [name, operation]));

  it("has every endpoint, and nothing else", () => {
    expect(operations.map(({ name, operation }) => `${name} ${operation.operationId}`).sort()).toEqual(
      [...described, ...spoken]
        .map(({ contract }) => `${contract.method} ${contract.path} ${contract.operationId}`)
        .sort(),
    );
    expect(described.length).toBeGreaterThan(0);
  });

  it("has only paths of its version", () => {
    expect(Object.keys(document.paths).filter((path) => !path.startsWith(under))).toEqual([]);
  });

  it.each(described.map((endpoint) => [`${endpoint.contract.method} ${endpoint.contract.path}`, endpoint] as const))(
    "%s declares its problems, each under its status, and no others",
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
    "%s needs credentials exactly where its policy does",
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

  it("has no bounds, pattern or format beside an enum or a constant, which say all", () => {
    const noise = ["minLength", "maxLength", "pattern", "format", "minimum", "maximum", "minItems", "maxItems"];
    const closed = objectsIn(document).filter((object) => "enum" in object || "const" in object);
    expect(closed.length).toBeGreaterThan(0);
    expect(closed.filter((object) => noise.some((keyword) => keyword in object))).toEqual([]);
  });

  it("has no bound that its type does not know", () => {
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

  it("has no reference to nowhere, and no component without one", () => {
    const references = referencesIn(document);
    expect(references.filter((reference) => at(document, reference) === undefined)).toEqual([]);
    const components = Object.entries(document.components)
      .filter(([kind]) => kind !== "securitySchemes")
      .flatMap(([kind, members]) => Object.keys(members).map((name) => `#/components/${kind}/${name}`));
    expect(components.sort()).toEqual([...new Set(references)].sort());
  });

  it("has nothing that is empty", () => {
    expect(document).not.toHaveProperty("webhooks");
    expect(Object.values(document.components).filter((members) => Object.keys(members).length === 0)).toEqual([]);
  });

  it.each(operations.map(({ name, operation }) => [name, operation] as const))(
    "%s has only examples that fit their schemas",
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

  it("has only members whose own examples fit them", () => {
    const schemas = schemasWithExample(document.components["schemas"]);
    expect(schemas.length).toBeGreaterThan(0);
    for (const schema of schemas) {
      expect(validated(document, schema, schema["example"]).valid, JSON.stringify(schema)).toBe(true);
    }
  });
});

describe("L02 the description of an API", () => {
  const options = { version: "0.0.0", formats, anonymous, tags, under: "/" };
  const [first] = endpoints;

  it("refuses an endpoint whose tag it cannot describe", () => {
    if (first === undefined) throw new Error("there are no endpoints");
    const strange = { ...first, contract: { ...first.contract, tag: "Nowhere" } };
    expect(() => describeApi([strange], [], options)).toThrow(RangeError);
  });

  it("shows a status that is the operation's own and a problem's with both media types", () => {
    const { paths } = describeApi(endpoints, protocolEndpoints, options) as unknown as Document; // as it is written to the file
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
 * Outcomes that a declared input alone can cause: a status, or a problem by its name. Undefined where the input does not
 * tell.
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
  // What OAuth refuses of a body is OAuth's own error.
  "unsupported-media-type": ({ requestBody, tags }) => (tags.includes("OAuth") ? undefined : requestBody !== undefined),
};

/** By what only writes are sent. */
function isWrite({ operationId }: Operation): boolean {
  return !/^(list|read|show)/.test(operationId);
}

/** Where the references of a document's components lead: found once, since they are most of it. */
const lookups = new Map<Document, ReturnType<typeof dereference>>();

function validated(document: Document, schema: Schema, value: unknown): ValidationResult {
  const shared = lookups.get(document) ?? dereference({ components: document.components } as Schema); // the shape of both
  lookups.set(document, shared);
  // The place of the schema itself.
  delete shared[initialBaseURI.href];
  return validate(value, schema, "2020-12", dereference(schema, Object.create(shared)), false);
}

function examplesOf({ example, examples = {}, schema }: Example): unknown[] {
  const own = example === undefined ? schema["example"] : example;
  return [...(own === undefined ? [] : [own]), ...Object.values(examples).map(({ value }) => value)];
}

/** The place itself, or the component that stands for it. */
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

/** Every object of a JSON value, examples left out: what stands in them is no schema. */
function objectsIn(value: unknown): Readonly<Record<string, unknown>>[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : [value as Readonly<Record<string, unknown>>]; // an object of JSON
  const members = Object.entries(value).filter(([name]) => name !== "example" && name !== "examples");
  return [...own, ...members.flatMap(([, member]) => objectsIn(member))];
}

function schemasWithExample(value: unknown): Schema[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "example" in value && "type" in value ? [value as Schema] : []; // schemas alone have both
  return [...own, ...Object.values(value).flatMap(schemasWithExample)];
}
