/** Which operations take conditional requests (RFC 9110 section 13). */
import type { Endpoint } from "./endpoint.ts";
import { isForPrograms } from "./for-programs.ts";

/** Whether the operation reads what has an entity tag: resources, lists, and documents that caches may keep. */
export function isConditionalRead({ contract, policy }: Endpoint): boolean {
  const { kind } = contract.success;
  if (contract.method !== "GET") return false;
  return kind === "resource" || kind === "list" || (kind === "document" && policy.cache !== "no-store");
}

/**
 * Whether a client may send the entity tag of this operation's response in `If-Match`: another operation, or this one,
 * starts from the state of the same resource.
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
 * Whether the operation changes something without knowing the state of its target, as what makes new resources: of a
 * precondition that depends on that state it cannot say that it holds.
 */
export function isUnconditionalWrite(endpoint: Endpoint): boolean {
  return endpoint.contract.method !== "GET" && endpoint.current === undefined && isForPrograms(endpoint);
}
