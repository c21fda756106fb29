/** Every example of the document, replayed against the service on the demo data, by the demo data's first user. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import document from "#schema/openapi/openapi.json";
import { seedStatements } from "../../../scripts/seed/seeds.ts";
import { startService } from "../../support/service.ts";
import { everybody, insertExampleRows } from "./example-rows.ts";

interface Parameter {
  readonly in: "path" | "query" | "header";
  readonly name: string;
  readonly required: boolean;
  readonly example?: unknown;
  readonly schema: { readonly example?: unknown };
}
interface Operation {
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example: unknown }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly example?: unknown }>> }>
  >;
}

const operations = Object.entries(document.paths as unknown as Record<string, Record<string, Operation>>)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      method: method.toUpperCase(),
      operation,
    })),
  )
  // A form is taken from its own page alone: test/web/account sends them from there.
  .filter(({ operation }) => !operation.tags.includes("Account pages"))
  // OAuth's examples are of codes and tokens that nobody has: test/features/identity/server takes whole flows.
  .filter(({ operation }) => !operation.tags.includes("OAuth"))
  .sort((a, b) => rank(a) - rank(b));

/** What takes an example away comes last, and the account that owns the others after these. */
function rank({ method, path }: { readonly method: string; readonly path: string }): number {
  if (method !== "DELETE") return 0;
  return path.startsWith("/v1/users") ? 2 : 1;
}

beforeAll(async () => {
  for (const statement of seedStatements()) await env.DB.prepare(statement).run();
  await insertExampleRows();
});

function exampleOf(parameter: Parameter): string | undefined {
  const example = parameter.example ?? parameter.schema.example;
  return example === undefined ? undefined : String(example);
}

interface Resource {
  readonly id: string;
}

const resources = operations.flatMap(({ path, method, operation }) => {
  const example = operation.responses["200"]?.content?.["application/json"]?.example as Partial<Resource> | undefined; // JSON
  return method === "GET" && example?.id !== undefined ? [{ path, example: example as Resource }] : [];
});

// Before the examples of PATCH and DELETE have been at it.
it.each(resources)("L02 the example of $path is the resource as it is read", async ({ path, example }) => {
  const response = await startService({ as: everybody }).fetch(path.replace("{id}", example.id));
  expect(await response.json()).toEqual(example);
});

it("L02 there are resources of which an example is read", () => {
  expect(resources.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["/v1/users/{id}", "/v1/users/me", "/v1/api-keys/{id}"]),
  );
});

describe.each(operations)("L02 $name", ({ path, method, operation }) => {
  const parameters = operation.parameters ?? [];
  const success = Object.keys(operation.responses).find((status) => status.startsWith("2")) ?? "";

  function target(query?: Parameter): string {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const parameter = parameters.find((candidate) => candidate.in === "path" && candidate.name === name);
      return parameter === undefined ? "" : (exampleOf(parameter) ?? "");
    });
    return query === undefined ? filled : `${filled}?${new URLSearchParams({ [query.name]: exampleOf(query) ?? "" })}`;
  }

  function headers(): Record<string, string> {
    return Object.fromEntries(
      parameters
        .filter((parameter) => parameter.in === "header")
        // What makes a new resource is refused with any entity tag.
        .filter(({ name }) => !(success === "201" && name === "If-None-Match"))
        // Each request is one of its own, though all have the example's key.
        .map(({ name, ...parameter }) => [
          name,
          name === "Idempotency-Key" ? crypto.randomUUID() : (exampleOf({ name, ...parameter }) ?? ""),
        ]),
    );
  }

  it("has a response example for each media type of its success", () => {
    const content = Object.values(operation.responses[success]?.content ?? {});
    for (const { example } of content) expect(example).toBeDefined();
    if (success !== "204") expect(content.length).toBeGreaterThan(0);
  });

  if (operation.requestBody === undefined) {
    it("answers its example request", async () => {
      const service = startService({ as: everybody });
      const response = await service.fetch(target(), { method, headers: headers() });
      expect(response.status).toBe(Number(success));
    });

    it.each(parameters.filter((parameter) => parameter.in === "query" && exampleOf(parameter) !== undefined))(
      "answers with the example of $name",
      async (parameter) => {
        const service = startService({ as: everybody });
        const response = await service.fetch(target(parameter), { method, headers: headers() });
        expect(response.status).toBe(Number(success));
      },
    );
  } else {
    it.each(Object.entries(operation.requestBody.content))(
      "takes its example body of %s",
      async (mediaType, { example }) => {
        const service = startService({ as: everybody });
        const response = await service.fetch(target(), {
          method,
          headers: { ...headers(), "Content-Type": mediaType },
          body: JSON.stringify(example),
        });
        expect(response.status).toBe(Number(success));
      },
    );
  }
});
