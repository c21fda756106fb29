/**
 * The resources of a small blog, which exists only in tests. Everyone reads posts, and staff write them; a comment
 * belongs to its author. They test the pipeline and the features independently of the modules that a deployment serves.
 */
import { z } from "@hono/zod-openapi";
import { defineResource } from "#core/contract/resource.ts";
import { UserResource } from "#features/accounts/contract.ts";
import { idSchema, lineSchema, timestampSchema } from "#features/resources/members.ts";

const CREATED = "2026-01-31T12:00:00.000Z";
const described = (description: string) => ({ description });

const times = {
  created_at: timestampSchema(CREATED).openapi(described("When it was created.")),
  updated_at: timestampSchema(CREATED).openapi(described("When it last changed.")),
};

const writablePost = {
  title: lineSchema({ min: 1, max: 100, example: "Autumn" }).openapi(described("The title.")),
  subtitle: lineSchema({ min: 1, max: 100, example: "Leaves" }).optional().openapi(described("The subtitle.")),
  topic: z.enum(["garden", "kitchen", "workshop"]).openapi({ example: "garden", ...described("What it is about.") }),
};

export const PostInput = z.strictObject(writablePost).openapi("PostInput");

export const PostResource = defineResource({
  name: "Post",
  collection: "posts",
  schema: z
    .strictObject({ id: idSchema("post", "post_01hk53f638ezja3sbrq378nxj6"), ...writablePost, ...times })
    .openapi("Post"),
  example: {
    id: "post_01hk53f638ezja3sbrq378nxj6",
    title: "Autumn",
    topic: "garden",
    created_at: CREATED,
    updated_at: CREATED,
  },
  path: (id) => `/v1/posts/${id}`,
});

const writableComment = {
  post_id: idSchema("post", PostResource.example.id).openapi(described("The post.")),
  text: lineSchema({ min: 1, max: 200, example: "Well said." }).openapi(described("What it says.")),
};

export const CommentInput = z.strictObject(writableComment).openapi("CommentInput");

export const CommentResource = defineResource({
  name: "Comment",
  collection: "comments",
  owner: "user_id",
  schema: z
    .strictObject({
      id: idSchema("comment", "comment_01hk53f638ezja3sbrq378nxj6"),
      user_id: idSchema("user", UserResource.example.id).openapi(described("The author.")),
      ...writableComment,
      ...times,
    })
    .openapi("Comment"),
  example: {
    id: "comment_01hk53f638ezja3sbrq378nxj6",
    user_id: UserResource.example.id,
    post_id: PostResource.example.id,
    text: "Well said.",
    created_at: CREATED,
    updated_at: CREATED,
  },
  path: (id) => `/v1/comments/${id}`,
  relations: [
    { path: "user", name: "user", key: "user_id", resource: UserResource },
    { path: "post", name: "post", key: "post_id", resource: PostResource },
  ],
});
