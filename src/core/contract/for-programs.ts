/** Distinguishes API operations from pages and documents. */
import type { Endpoint } from "./endpoint.ts";

/** Whether the operation returns representations or an empty response, not a page or document. */
export function isForPrograms({ contract }: Pick<Endpoint, "contract">): boolean {
  const { kind } = contract.success;
  return kind === "resource" || kind === "list" || kind === "empty";
}
