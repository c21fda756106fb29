/**
 * The first steps, the documentation, the problem pages and their assets. A page loads only what it needs, only from
 * this origin, and contains nothing inline. The code that renders a page is loaded at the first request for it.
 */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import { htmlExample, htmlPageSchema } from "#core/contract/html-page.ts";
import { serviceLinks } from "#core/contract/service-links.ts";
import { problem } from "#core/http/problem.ts";
import type { ProblemType } from "#core/http/problem-types.ts";
import { ASSET_POLICY, type AssetName, asset, assetSchema } from "./asset.ts";
import { PAGE_POLICY, SCRIPTED_PAGE_POLICY } from "./content-policy.ts";
import { renderedOnce } from "./rendered.ts";

const TAG = "Documents";

const policy = {
  access: "public",
  limit: { cost: "read" },
  cache: { scope: "public", freshForSeconds: 0 },
  precondition: "none",
  idempotency: "none",
} as const;

/** The success response that all pages declare. */
function success(title: string) {
  return {
    kind: "document",
    status: 200,
    mediaType: "text/html",
    schema: htmlPageSchema,
    example: htmlExample(title),
  } as const;
}

function page(content: string, contentPolicy = PAGE_POLICY): DocumentAnswer {
  return {
    kind: "document",
    status: 200,
    mediaType: "text/html; charset=utf-8",
    content,
    headers: { "Content-Security-Policy": contentPolicy },
  };
}

const SCRIPTS = [
  "copy.js",
  "docs.js",
  "element.js",
  "fields.js",
  "json-tokens.js",
  "key-field.js",
  "passkeys.js",
  "request.js",
  "result.js",
  "steps.js",
  "try-it.js",
] as const satisfies AssetName[];

function assetEndpoint(
  operationId: string,
  name: AssetName,
  mediaType: string,
  summary: string,
  example: string,
): Endpoint {
  return endpoint({
    contract: {
      operationId,
      method: "GET",
      path: `/assets/${name}`,
      tag: TAG,
      summary,
      description: "A file that the pages of the service load.",
      success: { kind: "document", status: 200, mediaType, schema: assetSchema, example },
    },
    policy: ASSET_POLICY,
    handler: async () => asset(name, mediaType),
  });
}

/** The endpoints of the pages. Each problem type has a page. */
export const pageEndpoints = (problemTypes: readonly ProblemType[]): readonly Endpoint[] => [
  endpoint({
    contract: {
      operationId: "readFirstSteps",
      method: "GET",
      path: "/",
      tag: TAG,
      summary: "First steps",
      description: "What the service is, with commands that you can paste and run.",
      success: success("Sluice"),
    },
    policy,
    handler: async ({ origin, settings }) => {
      const content = await renderedOnce("first-steps", origin, async () => {
        const { renderFirstSteps } = await import("./first-steps.ts");
        return renderFirstSteps(origin, settings);
      });
      const answer = page(content, SCRIPTED_PAGE_POLICY);
      return { ...answer, headers: { ...answer.headers, Link: serviceLinks(origin) } };
    },
  }),
  endpoint({
    contract: {
      operationId: "readDocumentation",
      method: "GET",
      path: "/docs",
      tag: TAG,
      summary: "Documentation",
      description: "This documentation: every operation, with a form to try it.",
      success: success("Documentation"),
    },
    policy,
    handler: async ({ settings, scopes }) =>
      page(
        await renderedOnce("docs", "", async () => {
          const { renderDocs } = await import("./docs/page.ts");
          return renderDocs(settings.version, scopes);
        }),
        SCRIPTED_PAGE_POLICY,
      ),
  }),
  endpoint({
    contract: {
      operationId: "listProblemTypes",
      method: "GET",
      path: "/problems",
      tag: TAG,
      summary: "Problem types",
      description: "Every problem type that the service returns, by status.",
      success: success("Problem types"),
    },
    policy,
    handler: async ({ settings }) =>
      page(
        await renderedOnce("problems", "", async () => {
          const { renderProblemIndex } = await import("./problem-pages.ts");
          return renderProblemIndex(problemTypes, settings.version);
        }),
      ),
  }),
  endpoint({
    contract: {
      operationId: "readProblemType",
      method: "GET",
      path: "/problems/{type}",
      tag: TAG,
      summary: "One problem type",
      description: "The page at a problem's `type`: the cause, the fix and an example.",
      params: z.object({
        type: z
          .enum(problemTypes.map(({ name }) => name))
          .openapi({ example: "validation-error", param: { description: "The last segment of a problem's `type`." } }),
      }),
      success: success("The request body is invalid"),
    },
    policy,
    handler: async ({ params, origin, settings }) => {
      const type = problemTypes.find(({ name }) => name === params.type);
      if (type === undefined) throw problem("not-found");
      return page(
        await renderedOnce(`problems/${type.name}`, origin, async () => {
          const { renderProblem } = await import("./problem-pages.ts");
          return renderProblem(type, origin, settings.version);
        }),
      );
    },
  }),
  assetEndpoint("readStylesheet", "sluice.css", "text/css", "Stylesheet of the pages", "body { margin: 0; }"),
  assetEndpoint(
    "readIcon",
    "sluice.svg",
    "image/svg+xml",
    "Icon of the service",
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
  ),
  endpoint({
    contract: {
      operationId: "readScript",
      method: "GET",
      path: "/assets/scripts/{name}",
      tag: TAG,
      summary: "Script of the pages",
      description: "A JavaScript module, such as the one that filters the documentation or uses passkeys.",
      params: z.object({
        name: z.enum(SCRIPTS).openapi({ example: "docs.js", param: { description: "The module's file name." } }),
      }),
      success: {
        kind: "document",
        status: 200,
        mediaType: "text/javascript",
        schema: assetSchema,
        example: 'import { addTryIt } from "./try-it.js";',
      },
    },
    policy: ASSET_POLICY,
    handler: async ({ params }) => asset(params.name, "text/javascript"),
  }),
];
