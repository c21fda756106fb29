/** Which operations take conditional requests (RFC 9110 section 13). */
import type { Endpoint } from "./endpoint.ts";

/** Whether the operation reads what has an entity tag: resources, lists, and documents that caches may keep. */
export function isConditionalRead({ contract, policy }: Endpoint): boolean {
  const { kind } = contract.success;
  if (contract.method !== "GET") return false;
  return kind === "resource" || kind === "list" || (kind === "document" && policy.cache !== "no-store");
}
