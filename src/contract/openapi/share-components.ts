/** Writes equal headers and failure responses once, under `components`, and refers to them. */
import type { OpenApiDocument } from "./document.ts";

interface Response {
  readonly description: string;
  readonly headers?: Record<string, unknown>;
  readonly content?: Record<string, { readonly examples?: Record<string, unknown> }>;
}

export function shareComponents(document: OpenApiDocument): OpenApiDocument {
  const headers: Record<string, unknown> = {};
  const responses: Record<string, unknown> = {};
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations)) {
      for (const [status, response] of Object.entries(operation.responses)) {
        const shared = withSharedHeaders(response as Response, headers); // as the generator writes it
        const name = failureName(shared);
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

function withSharedHeaders(response: Response, headers: Record<string, unknown>): Response {
  const references = Object.entries(response.headers ?? {}).map(([name, value]) => {
    headers[name] = value;
    return [name, { $ref: `#/components/headers/${name}` }];
  });
  return { ...response, headers: Object.fromEntries(references) };
}

/** A failure response is all said by the names of its problems, which are those of its examples. */
function failureName(response: Response): string | undefined {
  const examples = response.content?.["application/problem+json"]?.examples;
  return examples === undefined ? undefined : Object.keys(examples).join(".");
}
