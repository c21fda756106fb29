/**
 * Documents are validated by their content, since they have no other state: pages, the OpenAPI document. Each is hashed
 * once, however often it is asked for.
 */
import type { Context } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import { judgeRead } from "./conditional.ts";

/** By path; of each the last content, since some show the origin they are served under, which a client can make up. */
const tags = new Map<string, { readonly content: string; readonly tag: Promise<string> }>();
const encoder = new TextEncoder();

/** The strong entity tag of these very characters, which are what is at the path. */
export function documentTag(path: string, content: string): Promise<string> {
  const known = tags.get(path);
  if (known?.content === content) return known.tag;
  const tag = digest(content);
  tags.set(path, { content, tag });
  return tag;
}

/**
 * The 304 that a conditional read of a document has earned, with the headers that the 200 would have; undefined where it
 * needs the content.
 *
 * @throws precondition-failed
 */
export function documentUnchanged(
  c: Context<AppEnv>,
  etag: string,
  headers: Readonly<Record<string, string>>,
): Response | undefined {
  return judgeRead(c, etag, undefined) === "not-modified" ? new Response(null, { status: 304, headers }) : undefined;
}

async function digest(content: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", encoder.encode(content));
  return `"${new Uint8Array(hash, 0, 12).toBase64({ alphabet: "base64url", omitPadding: true })}"`;
}
