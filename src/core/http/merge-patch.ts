/**
 * JSON Merge Patch (RFC 7396).
 *
 * Guarantees: pure; neither argument is changed. The result may share parts with both, so treat it as read-only. Only
 * own members count, so a key such as `__proto__` or `toString` is an ordinary key that cannot reach a prototype.
 * Refuses nothing: every JSON value is a merge patch. The caller decides whether to accept a patch that is not an
 * object. The recursion is as deep as the patch, which the body parser bounds.
 */
import { isJsonObject, type JsonValue } from "./json.ts";

/** Applies a merge patch: `null` deletes, objects merge, any other value replaces (RFC 7396 section 2). */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  // A Map and fromEntries define members. An assignment would call the setter of `__proto__`.
  const members = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key);
    else members.set(key, mergePatch(members.get(key), value));
  }
  return Object.fromEntries(members);
}
