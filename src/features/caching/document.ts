/**
 * Documents, such as pages and the OpenAPI document, have no state but their content, so a hash of it is their
 * validator. Each document is hashed once for any number of requests.
 */
import type { Targeted } from "#core/contract/context.ts";
import { digestOf } from "#core/http/base64url.ts";
import { judgeRead } from "./conditional.ts";

/**
 * By path. Only the latest content of each is stored, because some documents show the origin, which a client controls.
 */
const tags = new Map<string, { readonly content: string; readonly tag: Promise<string> }>();
/** The strong ETag of the content at the path. */
export function documentTag(path: string, content: string): Promise<string> {
  const known = tags.get(path);
  if (known?.content === content) return known.tag;
  const tag = digest(content);
  tags.set(path, { content, tag });
  return tag;
}

/**
 * The 304 for a conditional read of a document, with the headers of the 200; undefined if the response needs content.
 *
 * @throws precondition-failed
 */
export function documentUnchanged(
  request: Targeted,
  etag: string,
  headers: Readonly<Record<string, string>>,
): Response | undefined {
  return judgeRead(request, etag, undefined) === "not-modified"
    ? new Response(null, { status: 304, headers })
    : undefined;
}

async function digest(content: string): Promise<string> {
  return `"${await digestOf(content, 12)}"`;
}
