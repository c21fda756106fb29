/** The endpoints of the blog and their access rules. They use only what every collection has. */
import type { AbilityRules } from "#core/contract/ability.ts";
import { textParameter } from "#core/contract/parameters.ts";
import { userCollection } from "#features/accounts/collection.ts";
import { defineCollection } from "#features/resources/collections/collection.ts";
import { collectionEndpoints } from "#features/resources/collections/endpoints.ts";
import { relatedSourceOf } from "#features/resources/collections/handlers.ts";
import { ownerRules } from "#features/resources/owner-rules.ts";
import { CommentInput, CommentResource, PostInput, PostResource } from "./contract.ts";
import { comments, posts } from "./tables.ts";

export const postCollection = defineCollection({
  resource: PostResource,
  idPrefix: "post",
  table: posts,
  input: PostInput,
  sortKeys: ["created_at", "title"],
  filters: [
    {
      member: "topic",
      operator: "equals",
      parameter: textParameter({ max: 20, description: "Only posts of this topic.", example: "garden" }),
    },
  ],
});

export const commentCollection = defineCollection({
  resource: CommentResource,
  idPrefix: "comment",
  table: comments,
  input: CommentInput,
  sortKeys: ["created_at"],
  filters: [],
  references: [{ member: "post_id", collection: postCollection }],
});

function textsOf(name: string) {
  const says = (what: string) => `${what} ${name} of the blog.`;
  return {
    list: says("Pages through the"),
    create: says("Creates a"),
    read: says("Returns a"),
    change: says("Changes a"),
    delete: says("Deletes a"),
  };
}

export const blogEndpoints = [
  ...collectionEndpoints({
    collection: postCollection,
    path: "/v1/posts",
    tag: "Blog",
    texts: { one: "a post", many: "posts", ...textsOf("post") },
    example: { title: "Autumn", topic: "garden" },
    patchExamples: { merge: { title: "Winter" }, json: [{ op: "replace", path: "/title", value: "Winter" }] },
    exampleFields: ["id", "title"],
    cache: {
      scope: "public",
      freshForSeconds: 0,
      edge: { freshForSeconds: 1, staleWhileRevalidateSeconds: 4, staleIfErrorSeconds: 299 },
    },
  }),
  ...collectionEndpoints({
    collection: commentCollection,
    path: "/v1/comments",
    tag: "Blog",
    texts: { one: "a comment", many: "comments", ...textsOf("comment") },
    example: { post_id: PostResource.example.id, text: "Well said." },
    patchExamples: { merge: { text: "Oh." }, json: [{ op: "replace", path: "/text", value: "Oh." }] },
    exampleFields: ["id", "text"],
    related: [relatedSourceOf(userCollection), relatedSourceOf(postCollection)],
  }),
];

const commentAbilities = ownerRules({
  collection: "comments",
  owner: "user_id",
  read: "comments:read",
  write: "comments:write",
});

/** Anyone can read posts. Staff and admins can write posts and read all comments; an account has comments of its own. */
export const blogAbilities: AbilityRules = (principal, allow, request) => {
  commentAbilities(principal, allow, request);
  allow(["read", "list"], "posts");
  if (principal.kind === "anonymous" || !principal.scopes.includes("posts:write")) return;
  if (principal.roles.includes("staff") || principal.roles.includes("admin"))
    allow(["create", "update", "delete"], "posts");
};
