/** Access rules that resources with an owner share. */
import type { AbilityRules } from "#core/contract/ability.ts";

export interface OwnerRules {
  /** The collection's name on the wire, such as `reviews`. */
  readonly collection: string;
  /** The member that contains the owner's account id. */
  readonly owner: string;
  /** The scope that reading requires, such as `reviews:read`. */
  readonly read: string;
  /** The scope that writing requires. It also allows reading the rows that it can write. */
  readonly write: string;
}

/**
 * The rules of a resource with an owner:
 * - an account can add rows to itself, and read, list, change and delete them;
 * - staff and admins can read and list all rows, and write only their own.
 *
 * @example
 * export const reviewAbilities = ownerRules({
 *   collection: "reviews",
 *   owner: "user_id",
 *   read: "reviews:read",
 *   write: "reviews:write",
 * });
 */
export function ownerRules({ collection, owner, read, write }: OwnerRules): AbilityRules {
  return (principal, allow) => {
    if (principal.kind === "anonymous") return;
    const own = { [owner]: principal.id };
    const staff = principal.roles.includes("staff") || principal.roles.includes("admin");
    const reads = principal.scopes.includes(read);
    const writes = principal.scopes.includes(write);

    if (reads) allow("list", collection);
    if (reads || writes) allow("read", collection, own);
    if (writes) allow(["create", "update", "delete"], collection, own);
    if (reads && staff) allow("read", collection);
  };
}
