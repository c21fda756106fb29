/** Access rules for addresses: their owners read and write them, and staff read them. */
import { ownerRules } from "#features/resources/owner-rules.ts";

export const addressAbilities = ownerRules({
  collection: "addresses",
  owner: "user_id",
  read: "addresses:read",
  write: "addresses:write",
});
