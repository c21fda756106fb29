import { parseList } from "structured-headers";
import { expect, it } from "vitest";
import { type CacheStatus, formatCacheStatus } from "#core/http/cache-status.ts";

it.each<[CacheStatus, string]>([
  [{ hit: 5 }, "Sluice;hit;ttl=5"],
  [{ hit: -3 }, "Sluice;hit;ttl=-3"],
  [{ forwarded: "bypass" }, "Sluice;fwd=bypass"],
  [{ forwarded: "request", status: 304 }, "Sluice;fwd=request;fwd-status=304"],
  [{ forwarded: "uri-miss", status: 200, stored: true }, "Sluice;fwd=uri-miss;fwd-status=200;stored"],
  [{ forwarded: "uri-miss", status: 200, stored: false }, "Sluice;fwd=uri-miss;fwd-status=200"],
  [{ forwarded: "uri-miss", status: 200, collapsed: true }, "Sluice;fwd=uri-miss;fwd-status=200;collapsed"],
])("C15 formats %j as %s, a structured list with one member", (status, text) => {
  expect(formatCacheStatus(status)).toBe(text);
  expect(parseList(text)).toHaveLength(1);
});
