/**
 * The Vary header (RFC 9110 section 12.5.5), extended by each stage that lets a request header select the content.
 * Guarantees that no name is lost or repeated and that the order is the order of arrival.
 */

/** `existing` (null when absent) with `names` added; names compare without case, and `*` anywhere leaves `*` alone. */
export function mergeVary(existing: string | null, names: readonly string[]): string {
  const merged = new Map<string, string>();
  for (const name of [...(existing ?? "").split(","), ...names].map((member) => member.trim())) {
    if (name === "*") return "*";
    if (name !== "" && !merged.has(name.toLowerCase())) merged.set(name.toLowerCase(), name);
  }
  return [...merged.values()].join(", ");
}
