import { expect, it } from "vitest";
import { requestDirectives, wantsPresent } from "#core/http/request-directives.ts";

it.each([
  [{}, false],
  [{ "Cache-Control": "no-cache" }, true],
  [{ "Cache-Control": "No-Cache" }, true],
  [{ "Cache-Control": "max-stale=9, max-age=00" }, true],
  [{ "Cache-Control": 'max-age="0"' }, true],
  [{ "Cache-Control": "no-store" }, true],
  [{ "Cache-Control": "max-age=10" }, false],
  [{ "Cache-Control": "only-if-cached" }, false],
  [{ "Cache-Control": "", Pragma: "no-cache" }, false],
  [{ Pragma: "no-cache" }, true],
  [{ "Cache-Control": "max-age=10", Pragma: "no-cache" }, false],
] as const)("wantsPresent reads %j as %s", (headers, expected) => {
  expect(wantsPresent(requestDirectives(new Headers(headers)))).toBe(expected);
});
