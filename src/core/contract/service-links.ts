/** Links from the service to its documentation and status (RFC 8631, RFC 9727). */
import { formatLinks } from "#core/http/link.ts";

export const API_CATALOG_PATH = "/.well-known/api-catalog";

/** The link targets by relation, as absolute URLs. */
export function serviceTargets(origin: string) {
  return {
    "service-desc": `${origin}/openapi.json`,
    "service-doc": `${origin}/docs`,
    status: `${origin}/health`,
  } as const;
}

/** The same links and a link to the API catalog, as a Link header. */
export function serviceLinks(origin: string): string {
  const targets = { ...serviceTargets(origin), "api-catalog": `${origin}${API_CATALOG_PATH}` };
  return formatLinks(Object.entries(targets).map(([rel, href]) => ({ rel, href })));
}
