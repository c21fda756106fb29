/**
 * The clauses that the service holds itself to, by id, each in a few words and with the document it comes from. The
 * id stands at the beginning of the tests that hold it. What has none yet is not done.
 */
export interface Clause {
  readonly id: string;
  readonly says: string;
}

export interface ClauseGroup {
  readonly title: string;
  readonly source: string;
  readonly clauses: readonly Clause[];
}

function group(title: string, source: string, clauses: Readonly<Record<string, string>>): ClauseGroup {
  return { title, source, clauses: Object.entries(clauses).map(([id, says]) => ({ id, says })) };
}

export const CLAUSES: readonly ClauseGroup[] = [
  group("Order of evaluation", "RFC 9110 section 13.2.1", {
    "0": "of two faults the earlier stage answers",
  }),
  group("Idempotency keys", "draft-ietf-httpapi-idempotency-key-header-07, RFC 8785, RFC 9651", {
    A01: "an operation that must not happen twice refuses a request without a key",
    A02: "quoted and bare are the same key; parameters are ignored",
    A03: "what is no key, or two, is refused without effect",
    A04: "the first answer has no mark",
    A05: "the same request again gets the same answer, marked; what is of one exchange alone is fresh",
    A06: "the key with another request is refused, and the first stays",
    A07: "a key counts for one principal, method and path",
    A08: "JSON is compared by value; credentials do not count",
    A09: "of requests at once one is carried out, the others are told to wait",
    A10: "in flight, another request is told so",
    A11: "what was refused before it was carried out, or is invalid, may be mended under the same key",
    A12: "a conflict found while carrying out is the answer",
    A13: "a failure of the service frees the key; an effect it left behind is told as the success it was",
    A14: "a key is remembered for 24 hours",
    A15: "a crash at any point leaves one effect at most, and blocks nobody beyond its lease",
    A16: "without its record nothing is carried out",
    A17: "a replay is authenticated and authorised anew",
    A18: "GET, HEAD and DELETE ignore keys, PATCH honours them",
    A19: "a replay is what was answered, whatever became of the resource",
    A20: "a replay costs one token, one call and no query",
    A22: "only listed headers are kept, and all of it encrypted",
    A23: "pages of other origins may send the key and see the mark",
  }),
  group("Rate limits", "RFC 6585, draft-ietf-httpapi-ratelimit-headers", {
    B01: "every answer of a metered operation tells how the limits stand, in both families of headers",
    B02: "a limit admits what it holds, then refuses with 429 and the policies that did",
    B03: "waiting as Retry-After says is enough, waiting less is not",
    B04: "tokens come back one by one",
    B05: "a refusal consumes nothing and moves no reset",
    B06: "of many requests at once exactly as many as there are tokens pass",
    B07: "reset and wait are true to the second",
    B08: "a limit is the account's, whatever it shows",
    B09: "an address is a network: IPv4 in IPv6 is IPv4, IPv6 counts by its prefix",
    B10: "costs by what an operation does; each limit listed, the violated one named",
    B11: "an authenticated 304 takes nothing of the caller's own",
    B12: "bad credentials and what does not exist are charged to the address",
    B13: "OPTIONS, health and asking for one's limits are free",
    B14: "limits are told as they are now, never out of a cache",
    B15: "browsers' scripts of other origins may read them",
    B16: "too many requests at the same time are refused for a reason of their own; overload is a 503 that says so",
    B17: "a limit that cannot be asked lets reads pass and attempts to sign in not; the log tells",
  }),
  group("Conditional requests and caching", "RFC 9110 sections 8.8 and 13, RFC 9111, RFC 6585, RFC 9211", {
    C01: "reads have validators; 304 has the headers of the 200 and no body",
    C02: "If-None-Match compares weakly, takes lists and `*`",
    C03: "If-Match compares strongly, takes lists and `*`; a mismatch is 412 without effect",
    C04: "a guarded write without precondition is 428",
    C05: "a successful write answers with the new tag",
    C06: "precedence among the four conditions, and when dates are ignored",
    C07: "three date formats are read, one is written",
    C08: "HEAD has the headers of GET, and its 304",
    C09: "the tag depends on the representation, not on who asks or with which token",
    C10: "of parallel writes with one tag exactly one succeeds",
    C11: "Range is ignored",
    C12: "Vary names every header that selects",
    C13: "nothing private is shared",
    C14: "a writer never reads its own old state",
    C15: "Cache-Status tells how the cache treated the request",
    C17: "stale answers only within their windows, refreshed once, and told as such",
    C18: "every response has an explicit Cache-Control",
    C19: "a tag that was given to a client which takes compressed content is good for a write",
  }),
  group("Paging", "RFC 8288, JSON:API cursor profile, AIP-158", {
    D01: "a walk visits each row once, also among equal sort keys",
    D02: "rows that come and go do not shift a walk",
    D03: "Link and body agree on the neighbours",
    D04: "the way back shows the same pages",
    D05: "a cursor that is not exactly ours is 400; an old one says so",
    D06: "what is bound to a principal serves no other",
    D07: "a limit out of range is 400 and says the range",
    D08: "two ways of paging at once are 400",
    D09: "an empty list is 200",
    D10: "past the end is 200 and empty",
    D12: "an unknown parameter is 400",
    D13: "sort keys keep their full precision",
  }),
  group("Fields, formats, filters, sort", "JSON:API 1.1, RFC 9110 section 12, AIP-132 and 160", {
    E01: "`fields` gives exactly the named members and the id",
    E02: "an unknown field is 400 with those there are",
    E03: "a field one may not read is as unknown as one that does not exist",
    E04: "names may repeat, an empty list is 400",
    E05: "`include` embeds each named resource once; an unknown path is 400",
    E06: "what may not be read is not embedded, and does not show that it is there",
    E07: "`fields` shape every representation, the written ones too; what is included by name is shown",
    E08: "what is embedded costs the same number of queries, however long the page",
    E09: "other fields, other tag; the order of names means nothing",
    E10: "formats by Accept, 406 with the list, 415 with what is taken",
    E11: "filters are a whitelist, their values are data",
    E12: "sort keys are a whitelist with a stable tie-break",
    E13: "a parameter given twice is 400",
  }),
  group("Errors", "RFC 9457", {
    G01: "every failure of every layer is a problem document",
    G02: "types are stable absolute URIs with a page",
    G03: "a title for each type, a detail for each occurrence, nothing of the inside",
    G04: "code, correlation id and retryable are always there",
    G05: "all validation faults at once, with pointers that resolve",
    G07: "types and codes do not change with the language",
    G08: "405, 401, 415 and 503 carry the headers that help",
    G09: "the correlation id is accepted or replaced, and always answered",
    G10: "failures are not stored",
    G11: "the unforeseen is 500 and found in the log by its id",
    G12: "hidden, missing and malformed look the same",
  }),
  group("Patches", "RFC 5789, RFC 7396, RFC 6902, RFC 6901", {
    I01: "which formats are taken is told everywhere it helps",
    I02: "merge patch: null removes, arrays are replaced, nothing changes nothing",
    I03: "JSON Patch is atomic, strict and bounded",
    I04: "what is not writable cannot be set, by any format",
    I05: "the result is validated as a whole",
    I06: "guarded by If-Match; the tag changes exactly when the state does",
    I07: "the two formats are not mistaken for each other",
  }),
  group("Security", "RFC 6750, RFC 9068, RFC 9728, OWASP API Security Top 10", {
    J01: "no, bad and insufficient credentials are told apart as RFC 6750 says",
    J02: "a token is taken only whole: type, algorithm, issuer, audience, times, claims, key",
    J03: "a code needs PKCE S256 and the exact redirect URI, and is good once, for a minute",
    J04: "the token endpoint takes forms, is never stored, and tells errors as RFC 6749 says",
    J05: "refresh tokens rotate; reuse ends the family, except in the grace that gives the same successor",
    J06: "revocation tells nothing; introspection tells inactive tokens nothing more",
    J07: "metadata is at home where it says; an unknown resource is refused",
    J08: "a pushed request is good once, for its client, for a minute",
    J09: "a bound token counts with a proof of its key alone: for this request, of this minute, used once",
    J10: "guessing meets a challenge, then a wait; known and unknown accounts cannot be told apart",
  }),
  group("Observability", "W3C Trace Context, OpenTelemetry semantic conventions, draft-inadarei-api-health-check", {
    K01: "liveness, readiness and health",
    K02: "trace context is continued or begun anew",
    K03: "timings and calls are shown to those who may see them, and to nobody else",
    K04: "one JSON log line a request, with nothing secret in it",
  }),
  group("Documentation", "OpenAPI 3.1", {
    L01: "the document, the documentation and a catalogue of both are where links say",
    L02: "the document is what the service does; each example is replayed",
    L03: "the document is linted without findings",
    L04: "each problem type has its page",
    L07: "the commands that are shown are run",
    L08: "pages have a strict policy and work without scripts",
  }),
];
