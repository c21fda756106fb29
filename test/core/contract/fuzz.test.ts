/**
 * Sends generated valid and invalid requests. No response is a 5xx or has an undeclared status, and every body that the
 * schema allows is accepted.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type Principal, ROLES } from "#core/contract/principal.ts";
import { visibleTextFault } from "#core/http/visible-text.ts";
import document from "#schema/openapi/openapi.json";
import { scopes } from "../../../src/modules.ts";
import { insertPeople, person, userId } from "../../features/accounts/people.ts";
import { domains } from "../../support/domain-fixtures.ts";
import { START, startService } from "../../support/service.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
}
interface Parameter {
  readonly in: "path" | "query" | "header";
  readonly name: string;
  readonly schema: Schema;
}
interface Operation {
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

/** May do everything, and has an account that no request of this test deletes. */
const administrator: Principal = {
  kind: "user",
  id: userId(1),
  roles: ROLES,
  scopes: Object.keys(scopes),
  credential: "token",
  authenticatedAt: START,
};

beforeAll(async () => {
  await insertPeople(person(1, { role: "admin" }));
  await domains.prepare(userId(1));
});

const paths = document.paths as unknown as Record<string, Record<string, Operation>>; // the JSON has the shape of an OpenAPI document
const schemas = document.components.schemas as unknown as Readonly<Record<string, Schema>>; // the JSON has the shape of JSON Schemas
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

/** Values that the schema allows. */
function valid(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valid(schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {});
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type: string) => valid({ ...schema, type })));
  switch (schema.type) {
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1000 });
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "string":
      return validText(schema);
    case "array":
      return fc.array(valid(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case "object":
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, member]) => [name, valid(member)])),
        {
          requiredKeys: [...(schema.required ?? [])],
        },
      );
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function validText(schema: Schema): fc.Arbitrary<string> {
  // Times that a client sets must be in the future.
  if (schema.format === "date-time") return fc.nat(1e12).map((ms) => new Date(START + 1 + ms).toISOString());
  const min = schema.minLength ?? 0;
  const max = Math.min(schema.maxLength ?? 40, 40);
  if (schema.pattern === undefined)
    return fc.string({ unit: "grapheme", minLength: min, maxLength: max }).filter((text) => text.length <= max);
  const pattern = new RegExp(schema.pattern);
  return fc
    .oneof(
      fc.stringMatching(pattern),
      fc.string({ unit: "binary", minLength: min, maxLength: max }),
      fc.string({ minLength: min, maxLength: max }),
    )
    .filter(
      (text) =>
        pattern.test(text) &&
        isShownWhole(text, pattern) &&
        !/[\ud800-\udfff]/.test(text) &&
        [...text].length >= min &&
        [...text].length <= (schema.maxLength ?? 40),
    );
}

/** The portable pattern in the document cannot express all rules of visible text. */
function isShownWhole(text: string, pattern: RegExp): boolean {
  if (!pattern.source.includes("\\ufff0-\\ufffc")) return true;
  return visibleTextFault(text, pattern.test("\n") ? "paragraphs" : "line") === undefined;
}

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom(
    "",
    "null",
    "-1",
    "0",
    "1.5",
    "1e3",
    "999999999999999999999",
    "' OR 1=1 --",
    '"',
    "%",
    "../..",
    "\u0000",
    "{}",
    "[]",
    "true",
    "a,b,,c",
    "*",
    "NEAR(",
  ),
);

/** The largest page number depends on the limit, because a snapshot has a maximum of rows. */
function smallPages(parameter: Parameter): Record<string, string> {
  return parameter.name === "page" ? { limit: "1" } : {};
}

/** Rules that a schema cannot express: a body that the schema allows may be refused only for these members. */
const RULED_TOGETHER: Readonly<Record<string, RegExp>> = {
  "/v1/oauth-clients": /^(#\/(grant_types|(post_logout_)?redirect_uris(\/\d+)?|account_role) invalid|# required)$/,
  ...domains.refused,
};

/** The row that a member refers to may be missing, whatever the resource. */
const UNKNOWN_REFERENCE = /^#\/[a-z_]+_id unknown$/;

async function isRuledOut(path: string, response: Response): Promise<boolean> {
  const pattern = RULED_TOGETHER[path] ?? UNKNOWN_REFERENCE;
  if (response.status !== 422) return false;
  const { errors } = await response.clone().json<{ errors: readonly { pointer: string; code: string }[] }>();
  return errors.every(({ pointer, code }) => pattern.test(`${pointer} ${code}`));
}

const anyBody = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 80 }),
  fc.constantFrom("", "{", "[]", "null", '{"a":1,"a":2}', '{"__proto__":{}}', `${"[".repeat(60)}${"]".repeat(60)}`),
);

let made = 0;

describe.each(operations.map((entry) => ({ ...entry, name: `${entry.method} ${entry.path}` })))(
  "L02 $name",
  ({ path, method, operation }) => {
    const service = startService({ as: administrator });
    const parameters = operation.parameters ?? [];
    const content = Object.entries(operation.requestBody?.content ?? {});
    let one = "";
    // OAuth also checks the client and the code, so a valid form is not enough.
    const isOurs = !operation.tags.includes("OAuth");

    beforeAll(async () => {
      one = path.includes("{id}") ? await makeOne(path.slice(0, path.indexOf("/{id}"))) : "";
    });

    /** Creates an object of the collection with the example of its POST, and returns its id. */
    async function makeOne(collection: string): Promise<string> {
      if (collection === "/v1/users") {
        made += 1;
        await insertPeople(person(1000 + made));
        return userId(1000 + made);
      }
      const make = domains.made[collection];
      if (make !== undefined) return make(userId(1));
      const { example } = paths[collection]?.["post"]?.requestBody?.content["application/json"] ?? {};
      const headers = { "Content-Type": "application/json" };
      const response = await service.fetch(collection, { method: "POST", headers, body: JSON.stringify(example) });
      expect(response.status, collection).toBe(201);
      return (await response.json<{ id: string }>()).id;
    }

    function request(
      values: (parameter: Parameter) => fc.Arbitrary<unknown>,
      body: fc.Arbitrary<string | undefined>,
    ): fc.Arbitrary<() => Promise<Response>> {
      const chosen = fc.record(
        Object.fromEntries(
          parameters.map((parameter) => [parameter.name, fc.option(values(parameter), { nil: undefined })]),
        ),
      );
      const mediaType =
        content.length === 0 ? fc.constant(undefined) : fc.constantFrom(...content.map(([type]) => type));
      return fc.tuple(chosen, mediaType, body).map(([parts, type, text]) => async () => {
        const query = new URLSearchParams();
        const headers = new Headers(type === undefined ? {} : { "Content-Type": type });
        let target = path;
        for (const parameter of parameters) {
          const value = parts[parameter.name];
          if (parameter.in === "path")
            target = target.replace(`{${parameter.name}}`, encodeURIComponent(String(value ?? one)));
          else if (value === undefined) continue;
          else if (parameter.in === "query") query.set(parameter.name, String(value));
          else if (/^[\x21-\x7e]+$/.test(String(value))) headers.set(parameter.name, String(value));
        }
        const url = query.size === 0 ? target : `${target}?${query}`;
        return service.fetch(url, { method, headers, ...(type === undefined ? {} : { body: text ?? "" }) });
      });
    }

    it("returns no 5xx and only declared statuses", async () => {
      const requests = request((parameter) => fc.oneof(valid(parameter.schema), hostile), anyBody);
      await fc.assert(
        fc.asyncProperty(requests, async (send) => {
          expect((await send()).status).toBeLessThan(500);
        }),
        { numRuns: 80 },
      );
    });

    it.runIf(isOurs && method === "GET" && parameters.some((parameter) => parameter.in === "query"))(
      "accepts each parameter's valid values",
      async () => {
        for (const parameter of parameters.filter(
          ({ in: place, name }) => place === "query" && name !== "cursor" && name !== "snapshot",
        )) {
          await fc.assert(
            fc.asyncProperty(valid(parameter.schema), async (value) => {
              const target = path.replaceAll(/\{\w+\}/g, one);
              const response = await service.fetch(
                `${target}?${new URLSearchParams({ [parameter.name]: String(value), ...smallPages(parameter) })}`,
              );
              expect(response.status, `${parameter.name}=${value}`).toBe(200);
            }),
            { numRuns: 12 },
          );
        }
      },
    );

    it.runIf(isOurs && "201" in operation.responses)("accepts every body that its schema allows", async () => {
      const [[mediaType, { schema }] = ["", { schema: {} }]] = content;
      await fc.assert(
        fc.asyncProperty(valid(schema), async (body) => {
          const response = await service.fetch(path.replaceAll(/\{\w+\}/g, one), {
            method,
            headers: { "Content-Type": mediaType, "Idempotency-Key": crypto.randomUUID() },
            body: JSON.stringify(body),
          });
          if (await isRuledOut(path, response)) return;
          expect(response.status, JSON.stringify(body)).toBe(201);
          // Accounts have a maximum number of objects, so each one is deleted again.
          const location = response.headers.get("Location");
          if (location === null) return;
          const headers = { "If-Match": "*" };
          expect((await service.fetch(new URL(location).pathname, { method: "DELETE", headers })).status).toBe(204);
        }),
        { numRuns: 60 },
      );
    });
  },
);
