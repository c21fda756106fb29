/**
 * Builds the OpenAPI 3.1 document for a list of endpoints. Statuses, problems, media types, headers and examples are
 * derived from contracts and policies. It runs when documents are generated, never in the service.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Ability } from "#core/contract/ability.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { Format } from "#core/contract/format.ts";
import { problemTypesOf } from "#core/contract/implied-problems.ts";
import { PIPELINE_IN_WORDS } from "#core/contract/pipeline-order.ts";
import type { Access } from "#core/contract/policy.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { placeMemberDescriptions } from "./member-descriptions.ts";
import type { OpenApiDocument } from "./openapi.ts";
import { completeParameters, operationOf } from "./operation.ts";
import { type Failing, problemSchemaOf } from "./problems.ts";
import { protocolOperationOf } from "./protocol.ts";
import { shareComponents } from "./share-components.ts";

export interface DocumentOptions {
  readonly version: string;
  readonly formats: readonly Format[];
  /** The ability of an anonymous caller. Operations that it permits need no security requirement. */
  readonly anonymous: Ability;
  /** The description of each tag. */
  readonly tags: Readonly<Record<string, string>>;
  /** The scopes that permit an operation, each for at least one role. Default: none. */
  scopesFor?(access: Access): readonly string[];
  /** Only endpoints below this path are included. */
  readonly under: string;
}

const INTRODUCTION = `Every request passes through one pipeline: ${PIPELINE_IN_WORDS}.

- Failures are problem documents (RFC 9457). The \`type\` of a problem is the URL of a page that explains how to fix it. A client that
  prefers \`text/html\` gets a page instead.
- Lists are paged by cursor: send \`page.next\` as \`cursor\` to get the next page.
- Writes are guarded by \`If-Match\`: send the \`ETag\` of the state that the change starts from.
- \`Accept\` selects the representation: JSON, HAL or JSON:API. With JSON:API, parameters may also have the names
  of that standard, such as \`page[size]\` and \`fields[users]\`.
- A query may have at most 2,000 bytes in percent-encoded form, not counting the position in a list.
- Text that people read has at least one visible character, and no invisible or direction-changing ones.
- Each operation states its cost in tokens of the caller's limits (\`x-rate-limit-cost\`). Each relation in \`include\` and each
  facet adds one token. The headers \`RateLimit\` and \`X-RateLimit-*\` show what is left, and \`Retry-After\` when to try again.
- Unknown parameters and members are refused, never ignored. Ignore members of responses that you do not know: a version
  only ever adds members.`;

/** @throws RangeError for an endpoint whose tag has no description. */
export function describeApi(
  endpoints: readonly Endpoint[],
  protocols: readonly ProtocolEndpoint[],
  options: DocumentOptions,
): Record<string, unknown> {
  const described = endpoints.filter(({ contract }) => contract.path.startsWith(options.under));
  const spoken = protocols.filter(({ contract }) => contract.path.startsWith(options.under));
  const problemSchema = problemSchemaOf(problemTypesOf(described));
  const app = new OpenAPIHono();
  for (const endpoint of described)
    app.openAPIRegistry.registerPath(operationIn(described, endpoint, { ...options, problemSchema }));
  for (const protocol of spoken) app.openAPIRegistry.registerPath(protocolOperationOf(protocol, problemSchema));
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "A short-lived access token (RFC 6750): a JWT (RFC 9068), checked as RFC8725 requires. An invalid token is refused, on public operations too.",
  });
  if (spoken.length > 0) {
    app.openAPIRegistry.registerComponent("securitySchemes", "client", {
      type: "http",
      scheme: "basic",
      description: "A confidential OAuth client, by its id and secret (RFC 6749 section 2.3.1), only over TLS.",
    });
  }
  const { webhooks: _, ...document } = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Sluice",
      version: options.version,
      summary: "A store API behind one declared request pipeline.",
      description: INTRODUCTION,
      contact: { name: "The operators of this deployment" },
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      { url: "/", description: "The deployment that serves this document: production or local.", "x-internal": false },
    ],
    tags: tagsOf([...described, ...spoken], options.tags),
  } as Parameters<OpenAPIHono["getOpenAPI31Document"]>[0]); // its types only know the `info` of OpenAPI 3.0
  const plain = JSON.parse(JSON.stringify(document)) as OpenApiDocument; // the generator's own output, as JSON
  for (const endpoint of described) completeParameters(plain, endpoint);
  placeMemberDescriptions(plain);
  return withoutEmptyComponents(shareComponents(plain));
}

function operationIn(
  described: readonly Endpoint[],
  endpoint: Endpoint,
  options: DocumentOptions & Pick<Failing, "problemSchema">,
) {
  const { formats, anonymous, scopesFor, problemSchema } = options;
  const { path } = endpoint.contract;
  const { access } = endpoint.policy;
  return operationOf(endpoint, {
    formats,
    problemSchema,
    scopes: scopesFor?.(access) ?? [],
    isOpen: access === "public" || anonymous.can(access.action, access.subject),
    isPatchable: described.some(({ contract }) => contract.path === path && contract.method === "PATCH"),
  });
}

function tagsOf(endpoints: readonly (Endpoint | ProtocolEndpoint)[], descriptions: DocumentOptions["tags"]) {
  const names = [...new Set(endpoints.map(({ contract }) => contract.tag))].sort((a, b) => a.localeCompare(b, "en"));
  return names.map((name) => {
    const description = descriptions[name];
    if (description === undefined) throw new RangeError(`the tag ${name} has no description`);
    return { name, description };
  });
}

function withoutEmptyComponents(document: OpenApiDocument): OpenApiDocument {
  const used = Object.entries(document.components).filter(([, members]) => Object.keys(members).length > 0);
  return { ...document, components: Object.fromEntries(used) };
}
