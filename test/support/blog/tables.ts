/** The tables of the blog. A test file that needs them creates them. */
import { env } from "cloudflare:workers";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

const row = {
  seq: integer().primaryKey(),
  id: text().notNull().unique(),
  version: integer().notNull().default(1),
  createdAt: integer().notNull(),
  updatedAt: integer().notNull(),
  deletedAt: integer(),
};

export const posts = sqliteTable("posts", {
  ...row,
  title: text().notNull(),
  subtitle: text(),
  topic: text().notNull(),
});

export const comments = sqliteTable("comments", {
  ...row,
  userId: text().notNull(),
  postId: text().notNull(),
  text: text().notNull(),
});

const ROW = `seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER`;

/** Triggers that increment the generation of a collection, and of each owner's part of it. */
function triggers(table: string, owner?: string): string[] {
  return ["INSERT", "UPDATE"].map((event) => {
    const changed = "max(new.updated_at, coalesce(new.deleted_at, 0))";
    const own = owner === undefined ? "" : `, ('${table}/' || new.${owner}, 1, ${changed})`;
    return `CREATE TRIGGER ${table}_change_on_${event.toLowerCase()} AFTER ${event} ON ${table} BEGIN
      INSERT INTO collections (name, generation, changed_at) VALUES ('${table}', 1, ${changed})${own}
      ON CONFLICT (name) DO UPDATE SET generation = generation + 1, changed_at = max(changed_at, excluded.changed_at);
    END`;
  });
}

export async function createBlog(): Promise<void> {
  const statements = [
    `CREATE TABLE posts (${ROW}, title TEXT NOT NULL, subtitle TEXT, topic TEXT NOT NULL) STRICT`,
    `CREATE TABLE comments (${ROW}, user_id TEXT NOT NULL, post_id TEXT NOT NULL, text TEXT NOT NULL) STRICT`,
    ...triggers("posts"),
    ...triggers("comments", "user_id"),
  ];
  await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
}

/** Deletes all posts and comments. Generations continue, as in a deployment. */
export async function emptyBlog(): Promise<void> {
  await env.DB.batch([env.DB.prepare("DELETE FROM posts"), env.DB.prepare("DELETE FROM comments")]);
}

/** Everything that is stored of the blog, to prove that nothing was written. */
export async function storedBlog(): Promise<unknown> {
  const [stored, generations] = await env.DB.batch([
    env.DB.prepare("SELECT * FROM posts ORDER BY seq"),
    env.DB.prepare("SELECT * FROM collections WHERE name IN ('posts', 'comments') ORDER BY name"),
  ]);
  return [stored?.results, generations?.results];
}

/** A valid id that sorts by `number`. */
export function postId(number: number): string {
  return `post_01hk2nvj80e8ev3rx1${String(number).padStart(8, "0")}`;
}

/** Inserts posts: many share a title and a topic, and two consecutive posts share a time. */
export async function insertPosts(count: number): Promise<string[]> {
  const topics = ["garden", "kitchen", "workshop"];
  const ids = Array.from({ length: count }, (_, index) => postId(index));
  await env.DB.batch(
    ids.map((id, index) =>
      env.DB.prepare("INSERT INTO posts (id, title, topic, created_at, updated_at) VALUES (?, ?, ?, ?, ?)").bind(
        id,
        `Post ${index % 4}`,
        topics[index % 3] ?? "",
        1000 + Math.floor(index / 2),
        1000,
      ),
    ),
  );
  return ids;
}
