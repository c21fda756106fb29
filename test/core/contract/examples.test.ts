/** Replays every example of the document against the demo data, as the first demo user. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import document from "#schema/openapi/openapi.json";
import { seedStatements } from "../../../scripts/seed/seeds.ts";
import { startService } from "../../support/service.ts";
import { exampleOwner, insertExampleRows } from "./example-rows.ts";

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
  // A form needs the token of its page: test/web/account sends forms from their pages.
  .filter(({ operation }) => !operation.tags.includes("Account pages"))
  // OAuth examples contain invented codes and tokens: test/features/identity/server tests whole flows.
  .filter(({ operation }) => !operation.tags.includes("OAuth"))
  .sort((a, b) => rank(a) - rank(b));

/** Deletions of examples come last, and the deletion of the account that owns them after those. */
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

// Runs before the examples of PATCH and DELETE change the resources.
it.each(resources)("L02 the example of $path is the resource as it is read", async ({ path, example }) => {
  const response = await startService({ as: exampleOwner }).fetch(path.replace("{id}", example.id));
  expect(await response.json()).toEqual(example);
});

it("L02 finds resources with an example", () => {
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
        // A request that creates a resource is refused with any entity tag.
        .filter(({ name }) => !(success === "201" && name === "If-None-Match"))
        // Each request needs its own key, not that of the example.
        .map(({ name, ...parameter }) => [
          name,
          name === "Idempotency-Key" ? crypto.randomUUID() : (exampleOf({ name, ...parameter }) ?? ""),
        ]),
    );
  }

  it("has a response example for each media type of its success response", () => {
    const content = Object.values(operation.responses[success]?.content ?? {});
    for (const { example } of content) expect(example).toBeDefined();
    if (success !== "204") expect(content.length).toBeGreaterThan(0);
  });

  if (operation.requestBody === undefined) {
    it("succeeds with its example request", async () => {
      const service = startService({ as: exampleOwner });
      const response = await service.fetch(target(), { method, headers: headers() });
      expect(response.status).toBe(Number(success));
    });

    it.each(parameters.filter((parameter) => parameter.in === "query" && exampleOf(parameter) !== undefined))(
      "succeeds with the example of $name",
      async (parameter) => {
        const service = startService({ as: exampleOwner });
        const response = await service.fetch(target(parameter), { method, headers: headers() });
        expect(response.status).toBe(Number(success));
      },
    );
  } else {
    it.each(Object.entries(operation.requestBody.content))(
      "accepts its example body of %s",
      async (mediaType, { example }) => {
        const service = startService({ as: exampleOwner });
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
