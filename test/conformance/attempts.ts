/** All that one may try with an object that is somebody else's, or is not there: each must be answered the same. */
import { MERGE_PATCH } from "../support/requests.ts";

/** By name; `etag` is the object's present tag. */
export type Attempt = readonly [name: string, init: (etag: string) => RequestInit];

export function patching(headers: Record<string, string>, body: string): RequestInit {
  return { method: "PATCH", headers: { "Content-Type": MERGE_PATCH, ...headers }, body };
}

export const READS: readonly Attempt[] = [
  ["GET", () => ({})],
  ["HEAD", () => ({ method: "HEAD" })],
  ["GET with the tag", (etag) => ({ headers: { "If-None-Match": etag } })],
  ["GET with any tag", () => ({ headers: { "If-None-Match": "*" } })],
  ["GET with a stale tag", () => ({ headers: { "If-Match": '"a"' } })],
  ["GET with a date to come", () => ({ headers: { "If-Modified-Since": "Sun, 06 Nov 2050 08:49:37 GMT" } })],
  ["GET with a date long past", () => ({ headers: { "If-Unmodified-Since": "Sun, 06 Nov 1960 08:49:37 GMT" } })],
  ["GET as HAL", () => ({ headers: { Accept: "application/hal+json" } })],
  ["GET as JSON:API", () => ({ headers: { Accept: "application/vnd.api+json" } })],
];

/** `member` is a text that the owner may write. */
export function writes(member: string): readonly Attempt[] {
  const valid = JSON.stringify({ [member]: "Mine" });
  return [
    ["PATCH without If-Match", () => patching({}, valid)],
    ["PATCH with a stale tag", () => patching({ "If-Match": '"a"' }, valid)],
    ["PATCH with the tag", (etag) => patching({ "If-Match": etag }, valid)],
    ["PATCH with any tag", () => patching({ "If-Match": "*" }, valid)],
    ["PATCH that is malformed", () => patching({ "If-Match": "*" }, "{")],
    ["PATCH that is invalid", () => patching({ "If-Match": "*" }, JSON.stringify({ [member]: 5 }))],
    ["PATCH of what is not writable", () => patching({ "If-Match": "*" }, '{"role":"admin","user_id":"x"}')],
    ["DELETE without If-Match", () => ({ method: "DELETE" })],
    ["DELETE with a stale tag", () => ({ method: "DELETE", headers: { "If-Match": '"a"' } })],
    ["DELETE with the tag", (etag) => ({ method: "DELETE", headers: { "If-Match": etag } })],
    ["DELETE with any tag", () => ({ method: "DELETE", headers: { "If-Match": "*" } })],
  ];
}
