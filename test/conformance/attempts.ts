/** Requests for an object that belongs to another user or does not exist. Both must get the same response. */
import { MERGE_PATCH } from "../support/requests.ts";

/** A name and a request; `etag` is the current ETag of the object. */
export type Attempt = readonly [name: string, init: (etag: string) => RequestInit];

export function patching(headers: Record<string, string>, body: string): RequestInit {
  return { method: "PATCH", headers: { "Content-Type": MERGE_PATCH, ...headers }, body };
}

export const READS: readonly Attempt[] = [
  ["GET", () => ({})],
  ["HEAD", () => ({ method: "HEAD" })],
  ["GET with the current ETag", (etag) => ({ headers: { "If-None-Match": etag } })],
  ["GET with any ETag", () => ({ headers: { "If-None-Match": "*" } })],
  ["GET with a stale ETag", () => ({ headers: { "If-Match": '"a"' } })],
  ["GET with a future date", () => ({ headers: { "If-Modified-Since": "Sun, 06 Nov 2050 08:49:37 GMT" } })],
  ["GET with a past date", () => ({ headers: { "If-Unmodified-Since": "Sun, 06 Nov 1960 08:49:37 GMT" } })],
  ["GET as HAL", () => ({ headers: { Accept: "application/hal+json" } })],
  ["GET as JSON:API", () => ({ headers: { Accept: "application/vnd.api+json" } })],
];

/** `member` is a text member that the owner may write. */
export function writes(member: string): readonly Attempt[] {
  const valid = JSON.stringify({ [member]: "Mine" });
  return [
    ["PATCH without If-Match", () => patching({}, valid)],
    ["PATCH with a stale ETag", () => patching({ "If-Match": '"a"' }, valid)],
    ["PATCH with the current ETag", (etag) => patching({ "If-Match": etag }, valid)],
    ["PATCH with any ETag", () => patching({ "If-Match": "*" }, valid)],
    ["PATCH with a malformed body", () => patching({ "If-Match": "*" }, "{")],
    ["PATCH with an invalid body", () => patching({ "If-Match": "*" }, JSON.stringify({ [member]: 5 }))],
    ["PATCH of read-only members", () => patching({ "If-Match": "*" }, '{"role":"admin","user_id":"x"}')],
    ["DELETE without If-Match", () => ({ method: "DELETE" })],
    ["DELETE with a stale ETag", () => ({ method: "DELETE", headers: { "If-Match": '"a"' } })],
    ["DELETE with the current ETag", (etag) => ({ method: "DELETE", headers: { "If-Match": etag } })],
    ["DELETE with any ETag", () => ({ method: "DELETE", headers: { "If-Match": "*" } })],
  ];
}
