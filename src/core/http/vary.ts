/**
 * Extends the Vary header (RFC 9110 section 12.5.5). Each stage whose result depends on a request header adds its name.
 * No name is lost or repeated, and the order of addition is kept.
 */

/** Adds `names` to `existing` (null if absent). Names are case-insensitive. A `*` anywhere makes the result `*`. */
export function mergeVary(existing: string | null, names: readonly string[]): string {
  const merged = new Map<string, string>();
  for (const name of [...(existing ?? "").split(","), ...names].map((member) => member.trim())) {
    if (name === "*") return "*";
    if (name !== "" && !merged.has(name.toLowerCase())) merged.set(name.toLowerCase(), name);
  }
  return [...merged.values()].join(", ");
}
