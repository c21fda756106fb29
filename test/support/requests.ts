/** Requests and responses of every resource: patches, headers and problems. */
import type { Service } from "./service.ts";

export const MERGE_PATCH = "application/merge-patch+json";
export const JSON_PATCH = "application/json-patch+json";

export interface ProblemDocument {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { pointer?: string; parameter?: string; code: string; detail: string }[];
}

export function patch(
  service: Service,
  path: string,
  type: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Response> {
  return service.fetch(path, {
    method: "PATCH",
    headers: { "Content-Type": type, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

export async function problemOf(response: Response): Promise<ProblemDocument> {
  return response.json();
}

/** The value of a header that must be present. */
export function header(response: Response, name: string): string {
  const value = response.headers.get(name);
  if (value === null) throw new Error(`no ${name} in ${response.status}`);
  return value;
}
