/**
 * Media types (RFC 9110 section 8.3.1) and proactive negotiation with Accept (section 12.5.1). Runs in time linear in
 * the header for a given list of offers. Rejects a media type with a syntax error or a repeated parameter; such a
 * member of an Accept list is ignored.
 */

/**
 * `essence` is `type/subtype` in lower case. Parameter names are lower case; values are unquoted and keep their case.
 */
export type MediaType = { readonly essence: string; readonly parameters: ReadonlyMap<string, string> };

type MediaRange = MediaType & { readonly weight: number; readonly specificity: number };

const JSON_API = "application/vnd.api+json";
const TOKEN_CHARACTER = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const QUOTED_CHARACTER = /[\t\x20-\x7e\x80-\uffff]/;
/** RFC 9110 section 12.4.2. Old Java clients omit the leading zero, so that is accepted too. */
const QVALUE = /^(?:0(?:\.[0-9]{0,3})?|\.[0-9]{1,3}|1(?:\.0{0,3})?)$/;

/** Parses one media type, as in Content-Type. Undefined if it is malformed or a wildcard. */
export function parseMediaType(text: string): MediaType | undefined {
  const mediaType = parseRangeOrType(text);
  return mediaType === undefined || specificityOf(mediaType.essence) < 3 ? undefined : mediaType;
}

/** Whether text of that type is UTF-8: its charset is UTF-8, or it has none. */
export function isUtf8({ parameters }: MediaType): boolean {
  return isNameOfUtf8(parameters.get("charset") ?? "utf-8");
}

/** Charset names are case-insensitive (RFC 9110 section 8.3.2). `utf8` is not registered, but common. */
function isNameOfUtf8(charset: string): boolean {
  return /^utf-?8$/i.test(charset);
}

/**
 * The offer that an Accept field value prefers. Offers are lower-case essences in the server's order of preference;
 * ties go to the earlier offer. Without Accept, or with an empty one, the first offer wins. Undefined means 406.
 */
export function negotiate<T extends string>(accept: string | undefined, offers: readonly T[]): T | undefined {
  const members = splitList(accept ?? "");
  if (members.length === 0) return offers[0];
  const ranges = members.map(parseMediaRange).filter((range) => range !== undefined);
  let best: T | undefined;
  let bestWeight = 0;
  for (const offer of offers) {
    const weight = weightOf(offer, ranges);
    if (weight > bestWeight) {
      best = offer;
      bestWeight = weight;
    }
  }
  return best;
}

/**
 * The weight that the most specific matching range gives. If equally specific ranges differ, the highest weight wins.
 */
function weightOf(offer: string, ranges: readonly MediaRange[]): number {
  let weight = 0;
  let specificity = 0;
  for (const range of ranges) {
    if (range.specificity < specificity || !covers(range, offer)) continue;
    weight = range.specificity > specificity ? range.weight : Math.max(weight, range.weight);
    specificity = range.specificity;
  }
  return weight;
}

function covers(range: MediaRange, offer: string): boolean {
  const { essence } = range;
  const inRange = essence === "*/*" || essence === offer || essence === `${offer.slice(0, offer.indexOf("/"))}/*`;
  return inRange && [...range.parameters].every(([name, value]) => mayIgnore(name, value, offer));
}

/**
 * JSON:API 1.1 requires that unknown profiles are ignored and all other parameters rejected. The other types only
 * support UTF-8.
 */
function mayIgnore(parameter: string, value: string, offer: string): boolean {
  if (offer === JSON_API) return parameter === "profile";
  return parameter === "charset" && isNameOfUtf8(value);
}

function parseMediaRange(text: string): MediaRange | undefined {
  const mediaType = parseRangeOrType(text);
  if (mediaType === undefined) return undefined;
  const { essence } = mediaType;
  const parameters = new Map(mediaType.parameters);
  const qvalue = parameters.get("q") ?? "1";
  if (!QVALUE.test(qvalue)) return undefined;
  parameters.delete("q");
  return { essence, parameters, weight: Number(qvalue), specificity: specificityOf(essence) };
}

function specificityOf(essence: string): number {
  if (essence.startsWith("*/")) return 1;
  return essence.endsWith("/*") ? 2 : 3;
}

function parseRangeOrType(text: string): MediaType | undefined {
  const start = skipWhitespace(text, 0);
  const slash = endOfToken(text, start);
  const end = endOfToken(text, slash + 1);
  if (slash === start || text.charAt(slash) !== "/" || end === slash + 1) return undefined;

  const parameters = new Map<string, string>();
  let at = skipWhitespace(text, end);
  while (at < text.length) {
    if (text.charAt(at) !== ";") return undefined;
    at = skipWhitespace(text, at + 1);
    const equals = endOfToken(text, at);
    // The grammar allows a semicolon without a parameter after it.
    if (equals === at) continue;
    const name = text.slice(at, equals).toLowerCase();
    const value = text.charAt(equals) === "=" ? readValue(text, equals + 1) : undefined;
    if (value === undefined || parameters.has(name)) return undefined;
    parameters.set(name, value.text);
    at = skipWhitespace(text, value.end);
  }
  return { essence: text.slice(start, end).toLowerCase(), parameters };
}

/** Reads a token or quoted string from `start`. Returns its text and the position after it. */
function readValue(text: string, start: number): { text: string; end: number } | undefined {
  if (text.charAt(start) !== '"') {
    const end = endOfToken(text, start);
    return end === start ? undefined : { text: text.slice(start, end), end };
  }
  let value = "";
  for (let at = start + 1; at < text.length; at += 1) {
    if (text.charAt(at) === '"') return { text: value, end: at + 1 };
    if (text.charAt(at) === "\\") at += 1;
    if (!QUOTED_CHARACTER.test(text.charAt(at))) return undefined;
    value += text.charAt(at);
  }
  return undefined;
}

/** The non-empty members of a comma-separated list. A comma inside quotes does not separate. */
function splitList(text: string): string[] {
  const members: string[] = [];
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') {
      quoted = !quoted;
    } else if (character === "\\" && quoted) {
      at += 1;
    } else if (character === "," && !quoted) {
      members.push(text.slice(start, at));
      start = at + 1;
    }
  }
  members.push(text.slice(start));
  return members.filter((member) => skipWhitespace(member, 0) < member.length);
}

function skipWhitespace(text: string, start: number): number {
  let at = start;
  while (text.charAt(at) === " " || text.charAt(at) === "\t") at += 1;
  return at;
}

function endOfToken(text: string, start: number): number {
  let at = start;
  while (TOKEN_CHARACTER.test(text.charAt(at))) at += 1;
  return at;
}
