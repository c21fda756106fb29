/** Decides which operations support conditional requests (RFC 9110 section 13). */
import type { Endpoint } from "./endpoint.ts";
import { isForPrograms } from "./for-programs.ts";

/** Whether the operation reads something with an ETag: a resource, a list, or a cacheable document. */
export function isConditionalRead({ contract, policy }: Endpoint): boolean {
  const { kind } = contract.success;
  if (contract.method !== "GET") return false;
  return kind === "resource" || kind === "list" || (kind === "document" && policy.cache !== "no-store");
}

/**
 * Whether a client may send the ETag of this operation's response in `If-Match`. That is so if this or another
 * operation writes the same resource from a known state.
 */
export function tagGuardsWrites({ contract: { success } }: Endpoint, endpoints: readonly Endpoint[]): boolean {
  if (success.kind !== "resource") return false;
  const { resource } = success;
  const itemPath = resource.path("{id}");
  return endpoints.some(({ contract, current }) => {
    const isOfResource = contract.success.kind === "resource" && contract.success.resource === resource;
    return current !== undefined && (isOfResource || contract.path === itemPath);
  });
}

/**
 * Whether the operation writes without loading the state of its target, such as a POST that creates a resource. Such an
 * operation cannot satisfy a precondition on that state.
 */
export function isUnconditionalWrite(endpoint: Endpoint): boolean {
  return endpoint.contract.method !== "GET" && endpoint.current === undefined && isForPrograms(endpoint);
}
