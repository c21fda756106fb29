/** Writes equal headers and failure responses once, under `components`, and refers to them. */
import { PROBLEM_MEDIA_TYPE } from "#core/http/problem.ts";
import type { OpenApiDocument, ResponseObject } from "./openapi.ts";

export function shareComponents(document: OpenApiDocument): OpenApiDocument {
  const headers: Record<string, unknown> = {};
  const responses: Record<string, unknown> = {};
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations)) {
      for (const [status, response] of Object.entries(operation.responses)) {
        const shared = withSharedHeaders(response as ResponseObject, headers); // as the generator writes it
        const name = failureName(status, shared);
        if (name === undefined) operation.responses[status] = shared;
        else {
          responses[name] = shared;
          operation.responses[status] = { $ref: `#/components/responses/${name}` };
        }
      }
    }
  }
  return { ...document, components: { ...document.components, headers, responses } };
}

function withSharedHeaders(response: ResponseObject, headers: Record<string, unknown>): ResponseObject {
  const references = Object.entries(response.headers ?? {}).map(([name, value]) => {
    headers[name] = value;
    return [name, { $ref: `#/components/headers/${name}` }];
  });
  return { ...response, headers: Object.fromEntries(references) };
}

/**
 * The name of a response that is only a failure. It consists of the names of its problems, and whether it has rate
 * limit headers, as all refusals of metered operations do.
 */
function failureName(status: string, { content = {}, headers = {} }: ResponseObject): string | undefined {
  const [mediaType, page, ...others] = Object.keys(content);
  if (mediaType !== PROBLEM_MEDIA_TYPE || page !== "text/html" || others.length > 0) return undefined;
  const isUnmetered = status.startsWith("4") && !("RateLimit" in headers);
  const names = Object.keys(content[mediaType]?.examples ?? {});
  return (isUnmetered ? [...names, "unmetered"] : names).join(".");
}
