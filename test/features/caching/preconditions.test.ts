import { describe, expect, it } from "vitest";
import { evaluatePreconditions } from "#features/caching/preconditions.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 30, 0);
/** Later than its second, as stored times are. Last-Modified is 10:00:00. */
const CURRENT = {
  isCurrent: (opaque: string) => opaque === "e",
  lastModified: Date.UTC(2026, 10, 22, 10, 0, 0, 789),
};
const EQUAL = "Sun, 22 Nov 2026 10:00:00 GMT";
const EARLIER = "Sun, 22 Nov 2026 09:59:59 GMT";
const LATER = "Sun, 22 Nov 2026 10:00:01 GMT";

type Verdict = "matches" | "differs" | "wildcard";
type Age = "modified" | "unmodified" | "ignored";

/** Each header value with its expected verdict against CURRENT. */
const IF_MATCH: ReadonlyArray<readonly [string | undefined, Verdict]> = [
  [undefined, "differs"],
  ['"e"', "matches"],
  ['"x" , "e"', "matches"],
  ['W/"e", "e"', "matches"],
  ['"x"', "differs"],
  ['W/"e"', "differs"],
  ["*", "wildcard"],
  ["e", "differs"],
  ['"e" "x"', "differs"],
  ['"e", *', "differs"],
  ["", "differs"],
];
const IF_NONE_MATCH: ReadonlyArray<readonly [string | undefined, Verdict]> = [
  [undefined, "differs"],
  ['"e"', "matches"],
  ['W/"e"', "matches"],
  ['"x" , W/"e"', "matches"],
  ['"x"', "differs"],
  ["*", "wildcard"],
  ["e", "differs"],
  ['"e", x', "differs"],
  ["", "differs"],
];
const DATES: ReadonlyArray<readonly [string | undefined, Age]> = [
  [undefined, "ignored"],
  [EARLIER, "modified"],
  [EQUAL, "unmodified"],
  [LATER, "unmodified"],
  ["Sunday, 22-Nov-26 09:59:59 GMT", "modified"],
  ["Sun Nov 22 10:00:00 2026", "unmodified"],
  ["Mon, 22 Nov 2026 09:59:59 GMT", "ignored"],
  ["2026-11-22T10:00:00Z", "ignored"],
  ["", "ignored"],
];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"] as const;

describe("evaluatePreconditions, every combination", () => {
  it.each(METHODS)("C06 %s", (method) => {
    let combinations = 0;
    for (const [ifMatch, matchVerdict] of IF_MATCH)
      for (const [ifUnmodifiedSince, unmodifiedAge] of DATES)
        for (const [ifNoneMatch, noneMatchVerdict] of IF_NONE_MATCH)
          for (const [ifModifiedSince, modifiedAge] of DATES)
            for (const current of [CURRENT, null]) {
              const exists = current !== null;
              const reads = method === "GET" || method === "HEAD";
              const guardHolds =
                ifMatch !== undefined
                  ? exists && matchVerdict !== "differs"
                  : !(exists && unmodifiedAge === "modified");
              const unchanged =
                ifNoneMatch !== undefined
                  ? exists && noneMatchVerdict !== "differs"
                  : reads && exists && modifiedAge === "unmodified";
              const expected = ["OPTIONS", "TRACE", "CONNECT"].includes(method)
                ? "proceed"
                : !guardHolds
                  ? "failed"
                  : !unchanged
                    ? "proceed"
                    : reads
                      ? "not-modified"
                      : "failed";
              const request = { method, ifMatch, ifUnmodifiedSince, ifNoneMatch, ifModifiedSince };
              const outcome = evaluatePreconditions(request, current, NOW);
              // One expect() for each of tens of thousands of combinations would take seconds.
              if (outcome !== expected)
                expect({ ...request, exists, outcome }).toEqual({ ...request, exists, expected });
              combinations += 1;
            }
    expect(combinations).toBe(11 * 9 * 9 * 9 * 2);
  });
});

describe("evaluatePreconditions, rule by rule", () => {
  it.each([
    ["C01 a current tag", { method: "GET", ifNoneMatch: '"e"' }, "not-modified"],
    ["C02 weak comparison", { method: "GET", ifNoneMatch: 'W/"e"' }, "not-modified"],
    ["C02 a list", { method: "GET", ifNoneMatch: '"a" , "e"' }, "not-modified"],
    ["C02 the wildcard on a read", { method: "HEAD", ifNoneMatch: "*" }, "not-modified"],
    ["C02 the wildcard on a write", { method: "PUT", ifNoneMatch: "*" }, "failed"],
    ["C02 a malformed list never matches", { method: "GET", ifNoneMatch: "e" }, "proceed"],
    ["C03 the current tag", { method: "PATCH", ifMatch: '"e"' }, "proceed"],
    ["C03 a weak tag never matches", { method: "PATCH", ifMatch: 'W/"e"' }, "failed"],
    ["C03 the wildcard", { method: "DELETE", ifMatch: "*" }, "proceed"],
    ["C03 a stale tag", { method: "DELETE", ifMatch: '"d"' }, "failed"],
    ["C03 a malformed list fails", { method: "PATCH", ifMatch: '"e", e' }, "failed"],
    ["C03 a stale tag on a read", { method: "GET", ifMatch: '"d"', ifNoneMatch: '"e"' }, "failed"],
    ["C06 an equal date", { method: "GET", ifModifiedSince: EQUAL }, "not-modified"],
    ["C06 a date on a write", { method: "PUT", ifModifiedSince: EQUAL }, "proceed"],
    ["C06 a tag outranks a date", { method: "GET", ifNoneMatch: '"x"', ifModifiedSince: LATER }, "proceed"],
    ["C06 a malformed tag outranks a date too", { method: "GET", ifNoneMatch: "x", ifModifiedSince: LATER }, "proceed"],
    ["C06 an equal date for a writer", { method: "PUT", ifUnmodifiedSince: EQUAL }, "proceed"],
    ["C06 modified later", { method: "PUT", ifUnmodifiedSince: EARLIER }, "failed"],
    ["C06 If-Match outranks it", { method: "PUT", ifMatch: '"e"', ifUnmodifiedSince: EARLIER }, "proceed"],
    ["C06 an unparsable date is ignored", { method: "PUT", ifUnmodifiedSince: "yesterday" }, "proceed"],
    ["C08 HEAD as GET", { method: "HEAD", ifNoneMatch: '"e"' }, "not-modified"],
  ] as const)("%s", (_name, request, outcome) => {
    expect(evaluatePreconditions(request, CURRENT, NOW)).toBe(outcome);
  });

  it.each([
    ["C02 If-None-Match: * on an absent resource", { method: "PUT", ifNoneMatch: "*" }, "proceed"],
    ["C03 If-Match: * on an absent resource", { method: "PUT", ifMatch: "*" }, "failed"],
    ["C03 a tag on an absent resource", { method: "PUT", ifMatch: '"e"' }, "failed"],
    ["C06 a date on an absent resource", { method: "PUT", ifUnmodifiedSince: EARLIER }, "proceed"],
  ] as const)("%s", (_name, request, outcome) => {
    expect(evaluatePreconditions(request, null, NOW)).toBe(outcome);
  });

  it("C06 a modification time in the future never matches a date before that time", () => {
    const current = { ...CURRENT, lastModified: NOW + 5000 };
    const date = new Date(NOW + 5000).toUTCString();
    const cappedDate = new Date(NOW).toUTCString();
    const table = [
      [{ method: "GET", ifModifiedSince: date }, NOW, "proceed"],
      [{ method: "GET", ifModifiedSince: date }, NOW + 5000, "not-modified"],
      [{ method: "GET", ifModifiedSince: cappedDate }, NOW, "proceed"],
      [{ method: "GET", ifModifiedSince: cappedDate }, NOW + 5000, "proceed"],
      [{ method: "PUT", ifUnmodifiedSince: cappedDate }, NOW, "failed"],
      [{ method: "GET", ifNoneMatch: '"e"' }, NOW, "not-modified"],
    ] as const;
    for (const [request, now, outcome] of table) {
      const judged = evaluatePreconditions(request, current, now);
      expect({ ...request, now, judged }).toEqual({ ...request, now, judged: outcome });
    }
  });

  it("C03 any of several ETags may match, as those of several formats", () => {
    const current = { ...CURRENT, isCurrent: (opaque: string) => opaque.startsWith("v2-") };
    expect(evaluatePreconditions({ method: "PUT", ifMatch: '"v2-hal"' }, current, NOW)).toBe("proceed");
    expect(evaluatePreconditions({ method: "PUT", ifMatch: 'W/"v2-json", "v2-hal"' }, current, NOW)).toBe("proceed");
    expect(evaluatePreconditions({ method: "PUT", ifMatch: 'W/"v2-json", "v1-hal"' }, current, NOW)).toBe("failed");
    expect(evaluatePreconditions({ method: "PUT", ifNoneMatch: '"v1-hal", "v2-hal"' }, current, NOW)).toBe("failed");
  });
});
