/** The scopes of the blog. Tests of credentials use them as examples, so they need no scope of a store. */
import type { Scopes } from "#core/contract/scopes.ts";

export const blogScopes: Scopes = {
  "comments:read": { consent: "See your comments.", description: "Read your comments." },
  "comments:write": { consent: "Write comments for you.", description: "Create, change and delete your comments." },
  "posts:write": {
    consent: "Write posts of the blog.",
    description: "Create, change and delete posts. Staff only.",
    roles: ["staff", "admin"],
  },
};
