/**
 * The OpenAPI 3.1 document of a list of endpoints. Statuses, problems, media types, headers and examples follow from
 * contracts and policies; nothing is written twice. Runs when documents are generated, never in the service.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Ability } from "../ability.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Format } from "../format.ts";
import { IF_MATCH, IF_NONE_MATCH } from "./headers.ts";
import { operationOf } from "./operation.ts";
import { shareComponents } from "./share-components.ts";

export interface DocumentOptions {
  readonly version: string;
  readonly formats: readonly Format[];
  /** What a caller without credentials may do: such operations need no security. */
  readonly anonymous: Ability;
  /** Only endpoints below this path. */
  readonly under: string;
}

const INTRODUCTION = `Every request passes one pipeline: identity, negotiation, preconditions, validation. Failures are problem
documents (RFC 9457) whose \`type\` is a page that says how to mend them. Lists are paged by cursor. Changes are guarded by
\`If-Match\`. Representations come as JSON, HAL or JSON:API.`;

const TAGS: Readonly<Record<string, string>> = {
  Products: "The catalogue: read by anyone, changed by staff.",
  Health: "Whether the service runs and can answer.",
  Documents: "What describes the service, for people and programs.",
};

export function describeApi(endpoints: readonly Endpoint[], options: DocumentOptions): Record<string, unknown> {
  const app = new OpenAPIHono();
  const described = endpoints.filter(({ contract }) => contract.path.startsWith(options.under));
  for (const endpoint of described) {
    app.openAPIRegistry.registerPath(operationOf(endpoint, options.formats, isOpen(endpoint, options.anonymous)));
  }
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A short-lived access token (RFC 6750).",
  });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Sluice",
      version: options.version,
      description: INTRODUCTION,
      contact: { name: "The operators of this deployment", url: "https://api.example.com/" },
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "/", description: "This deployment." }],
    tags: Object.entries(TAGS)
      .filter(([name]) => described.some(({ contract }) => contract.tag === name))
      .map(([name, description]) => ({ name, description })),
  });
  const plain = JSON.parse(JSON.stringify(document)) as OpenApiDocument; // the generator's own output, as JSON
  for (const endpoint of described) addConditionalHeaders(plain, endpoint);
  return shareComponents(plain);
}

export interface OpenApiDocument extends Record<string, unknown> {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, unknown>>;
}

interface Operation {
  parameters?: unknown[];
  readonly responses: Record<string, unknown>;
}

function isOpen(endpoint: Endpoint, anonymous: Ability): boolean {
  const { access } = endpoint.policy;
  return access === "public" || anonymous.can(access.action, access.subject);
}

function addConditionalHeaders(document: OpenApiDocument, { contract, policy }: Endpoint): void {
  const operation = document.paths[contract.path]?.[contract.method.toLowerCase()];
  if (operation === undefined) return;
  const isRead =
    contract.method === "GET" && (contract.success.kind === "resource" || contract.success.kind === "list");
  const header = policy.precondition === "required" ? IF_MATCH : isRead ? IF_NONE_MATCH : undefined;
  if (header !== undefined) operation.parameters = [...(operation.parameters ?? []), header];
}
