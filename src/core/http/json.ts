/**
 * The parser of request bodies: strict I-JSON (RFC 8259, RFC 7493).
 *
 * Guarantees: the result equals that of `JSON.parse`. Every refusal is a `JsonError`. Time and memory are linear in the
 * input, and the depth is checked before any recursive code runs.
 * Refuses invalid UTF-8, a byte order mark, lone surrogates, noncharacters and U+0000. It also refuses repeated keys
 * (compared after unescaping) and keys that name a prototype. Numbers beyond the range of a double, excessive depth and
 * too many members are refused, too. The caller bounds the size of the body.
 */
import { pointerOf } from "./json-pointer.ts";

/** Any JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/** Why a text was refused. */
export type JsonFault =
  | "not-utf-8"
  | "byte-order-mark"
  | "empty"
  | "syntax"
  | "too-deep"
  | "duplicate-key"
  | "forbidden-key"
  | "lone-surrogate"
  | "noncharacter"
  | "nul"
  | "number-out-of-range"
  | "too-many-members";

/** The limits of a JSON text: levels of nesting, and the total number of object members and array elements. */
export interface JsonLimits {
  /** Default 32. */
  maxDepth?: number;
  /** Default 10,000. */
  maxMembers?: number;
}

/** The default maximum nesting of a body. */
export const DEFAULT_MAX_DEPTH = 32;

const DEFAULT_MAX_MEMBERS = 10_000;

/** A key may be as long as the body. A longer pointer is omitted instead of echoed. */
const MAX_POINTER_LENGTH = 1024;

const SENTENCES: Record<JsonFault, string> = {
  "not-utf-8": "The text is not valid UTF-8.",
  "byte-order-mark": "The text starts with a byte order mark.",
  empty: "The text is empty.",
  syntax: "The text is not valid JSON.",
  "too-deep": "The value is nested too deeply.",
  "duplicate-key": "An object has the same key twice.",
  "forbidden-key": "An object has a key that is not allowed.",
  "lone-surrogate": "A string contains half of a surrogate pair.",
  noncharacter: "A string contains a Unicode noncharacter.",
  nul: "A string contains the character U+0000.",
  "number-out-of-range": "A number is too large for a double.",
  "too-many-members": "The value has too many members.",
};

/**
 * A refused JSON text. Its message is a constant sentence that is safe to show. Its pointer is a URI fragment (RFC
 * 6901).
 */
export class JsonError extends Error {
  readonly fault: JsonFault;
  /** The location of the fault, such as `#/a/0`, if it is known and not too long. */
  readonly pointer: string | undefined;

  constructor(fault: JsonFault, pointer?: string) {
    super(SENTENCES[fault]);
    this.name = "JsonError";
    this.fault = fault;
    this.pointer = pointer;
  }
}

/**
 * Parses a UTF-8 JSON text strictly (RFC 8259, RFC 7493 section 2).
 * @throws JsonError for every refusal, and no other error.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): JsonValue {
  const text = decode(bytes);
  if (/^[ \t\n\r]*$/.test(text)) throw new JsonError("empty");
  // Up to the first syntax error both readers see the same tokens, so the scan also bounds the depth of JSON.parse.
  scan(text, limits.maxDepth ?? DEFAULT_MAX_DEPTH, limits.maxMembers ?? DEFAULT_MAX_MEMBERS);
  return parseGrammar(text) as JsonValue; // JSON.parse is typed as any, and makes nothing else
}

/** Whether the value is a JSON object, not an array, a scalar or absent. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the key reaches a prototype when code assigns it carelessly. No body may contain such a key at any level. */
export function isForbiddenKey(key: string): boolean {
  return key === "__proto__" || key === "constructor" || key === "prototype";
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) throw new JsonError("byte-order-mark");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonError("not-utf-8");
  }
}

function parseGrammar(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonError("syntax");
  }
}

/** An open array or object. `keys` are the keys seen in an object; `at` is the current key or index. */
interface Frame {
  readonly keys: Set<string> | undefined;
  at: string | number | undefined;
}

/**
 * Checks, without recursion, what JSON.parse does not reject. It skips characters that do not matter here, such as
 * literals, colons and white space. JSON.parse checks the syntax.
 */
function scan(text: string, maxDepth: number, maxMembers: number): void {
  const open: Frame[] = [];
  let members = 0;
  let index = 0;

  function countMember(): void {
    members += 1;
    if (members > maxMembers) throw faultAt("too-many-members", open);
  }

  while (index < text.length) {
    const frame = open.at(-1);
    const sign = text[index];
    switch (sign) {
      case "{":
      case "[":
        if (open.length >= maxDepth) throw faultAt("too-deep", open);
        index += 1;
        if (sign === "{") {
          open.push({ keys: new Set(), at: undefined });
          break;
        }
        index = skipWhitespace(text, index);
        open.push({ keys: undefined, at: 0 });
        if (text[index] !== "]") countMember();
        break;
      case "}":
      case "]":
        if (frame === undefined || (frame.keys !== undefined) !== (sign === "}")) throw new JsonError("syntax");
        open.pop();
        index += 1;
        break;
      case ",":
        if (frame !== undefined) frame.at = typeof frame.at === "number" ? frame.at + 1 : undefined;
        if (frame !== undefined && frame.keys === undefined) countMember();
        index += 1;
        break;
      case '"': {
        const end = endOfString(text, index);
        const isKey = frame?.keys !== undefined && frame.at === undefined;
        const string = readString(text, index, end, open, isKey);
        if (frame?.keys !== undefined && isKey) {
          frame.at = string;
          if (frame.keys.has(string)) throw faultAt("duplicate-key", open);
          frame.keys.add(string);
          countMember();
        }
        index = end;
        break;
      }
      default:
        index = isNumberSign(sign) ? endOfNumber(text, index, open) : index + 1;
    }
  }
}

/** The index after the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    const sign = text[index];
    if (sign === '"') return index + 1;
    if (sign === "\\") index += 1;
  }
  throw new JsonError("syntax");
}

/** U+FDD0 to U+FDEF and the last two code points of each plane (RFC 7493 section 2.1). */
const NONCHARACTER = /\p{Noncharacter_Code_Point}/u;

function readString(text: string, start: number, end: number, open: readonly Frame[], isKey: boolean): string {
  const raw = text.slice(start + 1, end - 1);
  const string = raw.includes("\\") ? String(parseGrammar(text.slice(start, end))) : raw;
  // A pointer cannot name an invalid key, so such a fault points to the object.
  if (string.includes("\0")) throw faultAt("nul", open);
  if (!string.isWellFormed()) throw faultAt("lone-surrogate", open);
  if (NONCHARACTER.test(string)) throw faultAt("noncharacter", open);
  if (isKey && isForbiddenKey(string)) throw faultAt("forbidden-key", open, string);
  return string;
}

function isNumberSign(sign: string | undefined): boolean {
  return sign !== undefined && ((sign >= "0" && sign <= "9") || sign === "-");
}

const NUMBER = /[-+0-9.eE]+/y;

function endOfNumber(text: string, start: number, open: readonly Frame[]): number {
  NUMBER.lastIndex = start;
  const token = NUMBER.exec(text)?.[0] ?? "";
  const value = Number(token);
  if (value === Infinity || value === -Infinity) throw faultAt("number-out-of-range", open);
  return start + token.length;
}

function skipWhitespace(text: string, start: number): number {
  let index = start;
  while (index < text.length && " \t\n\r".includes(text.charAt(index))) index += 1;
  return index;
}

function faultAt(fault: JsonFault, open: readonly Frame[], key?: string): JsonError {
  const path = open.flatMap((frame) => frame.at ?? []);
  const pointer = pointerOf(key === undefined ? path : [...path, key]);
  return new JsonError(fault, pointer.length <= MAX_POINTER_LENGTH ? pointer : undefined);
}
