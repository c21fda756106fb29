/**
 * JSON Merge Patch (RFC 7396).
 *
 * Guarantees: pure; neither argument is changed (the result may share parts with both, so treat it as read-only); only
 * own members count, so a key such as `__proto__` or `toString` is an ordinary key and can reach no prototype.
 * Refuses nothing: every JSON value is a merge patch. Whether a non-object patch is welcome is the caller's decision.
 * Its recursion is as deep as the patch, which the parser of bodies bounds.
 */
import { isJsonObject, type JsonValue } from "./json.ts";

/** Applies a merge patch: `null` deletes, objects merge, all else replaces (RFC 7396 section 2). */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  // A Map and fromEntries define members, where assignment would call the setter of `__proto__`.
  const members = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key);
    else members.set(key, mergePatch(members.get(key), value));
  }
  return Object.fromEntries(members);
}
