/**
 * W3C Trace Context, Level 2: continues the caller's trace or starts a new one, and writes `traceparent`. Fails open:
 * an invalid header is ignored together with `tracestate`, and never fails the request. The caller sets the flags, so
 * code that records spans must limit how many it accepts.
 */

/**
 * Ids are lower-case hex with 32 and 16 digits. `parentId` is the caller's span; undefined if the trace starts here.
 */
export type TraceContext = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly sampled: boolean;
  readonly random: boolean;
  readonly state: string | undefined;
};

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-[^,]*)?$/;
const VERSION_00_LENGTH = 55;
const NO_TRACE_ID = "0".repeat(32);
const NO_SPAN_ID = "0".repeat(16);
const SAMPLED = 0b01;
const RANDOM = 0b10;

const STATE_MEMBER = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{1,256}$/;
const MAX_STATE_LENGTH = 512;
const MAX_STATE_MEMBERS = 32;

/**
 * The context of this request, from its headers (null if absent) and new random ids. A trace that starts here has the
 * sampled flag off, because no decision to record it was made. It has the random flag on, because `newTraceId` is
 * random.
 */
export function continueTrace(
  traceparent: string | null,
  tracestate: string | null,
  newSpanId: string,
  newTraceId: string,
): TraceContext {
  const caller = traceparent === null ? undefined : parseTraceparent(traceparent);
  if (caller === undefined) {
    return {
      traceId: newTraceId,
      spanId: newSpanId,
      parentId: undefined,
      sampled: false,
      random: true,
      state: undefined,
    };
  }
  return { ...caller, spanId: newSpanId, state: tracestate === null ? undefined : acceptState(tracestate) };
}

/** The version 00 `traceparent` for this request's span. Flags other than sampled and random are zero. */
export function formatTraceparent(context: TraceContext): string {
  const flags = (context.sampled ? SAMPLED : 0) | (context.random ? RANDOM : 0);
  return `00-${context.traceId}-${context.spanId}-0${flags}`;
}

function parseTraceparent(
  header: string,
): Pick<TraceContext, "traceId" | "parentId" | "sampled" | "random"> | undefined {
  const match = TRACEPARENT.exec(header);
  if (match === null) return undefined;
  const [, version = "", traceId = "", parentId = "", flagDigits = ""] = match;
  if (version === "ff" || (version === "00" && header.length !== VERSION_00_LENGTH)) return undefined;
  if (traceId === NO_TRACE_ID || parentId === NO_SPAN_ID) return undefined;
  const flags = Number.parseInt(flagDigits, 16);
  return { traceId, parentId, sampled: (flags & SAMPLED) !== 0, random: (flags & RANDOM) !== 0 };
}

/** The list without empty members. Undefined if nothing is left, or if it is malformed or too long. */
function acceptState(header: string): string | undefined {
  if (header.length > MAX_STATE_LENGTH) return undefined;
  const members = header
    .split(",")
    .map(trimWhitespace)
    .filter((member) => member !== "");
  if (members.length === 0 || members.length > MAX_STATE_MEMBERS) return undefined;
  return members.every((member) => STATE_MEMBER.test(member)) ? members.join(",") : undefined;
}

function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text.charAt(start))) start += 1;
  while (end > start && isWhitespace(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isWhitespace(character: string): boolean {
  return character === " " || character === "\t";
}
