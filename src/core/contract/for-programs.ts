/** What the API is, apart from the pages and documents around it. */
import type { Endpoint } from "./endpoint.ts";

/** Whether the operation answers with representations, or with nothing but that it is done. */
export function isForPrograms({ contract }: Pick<Endpoint, "contract">): boolean {
  const { kind } = contract.success;
  return kind === "resource" || kind === "list" || kind === "empty";
}
