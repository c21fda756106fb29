/**
 * JSON Patch (RFC 6902).
 *
 * Guarantees: a patch is atomic. It works on a clone, and either returns the result or throws a `JsonPatchError`.
 * Neither argument is changed or shared with the result. The form of all operations is checked before the first one is
 * applied. The bytes that copies add are bounded, and so are the size and depth of the result.
 * Refuses: malformed operations, pointers through prototype keys, and array indexes that RFC 6901 does not allow. It
 * also refuses missing locations, failed tests, and the removal of the whole document.
 *
 * The `rfc6902` package makes the changes. This module resolves locations, moves and tests first, because the package
 * has gaps. The package follows inherited members, and replaces `/01` and `/-` as properties of an array. It accepts a
 * move or copy to a place beyond the end of an array. It resolves the target of a move before the removal. It does not
 * support the root, and compares arrays by edit distance, in quadratic time.
 */
import { applyPatch, type Operation } from "rfc6902";
import { DEFAULT_MAX_DEPTH, isForbiddenKey, isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { parseStringPointer, pointerOf } from "./json-pointer.ts";

/**
 * Why a patch was refused. `missing-path` and `test-failed` depend on the target; the other faults are in the patch.
 */
export type JsonPatchFault =
  | "not-an-array"
  | "malformed-operation"
  | "too-many-operations"
  | "too-large"
  | "missing-path"
  | "test-failed";

/** The limits of a patch. */
export interface JsonPatchLimits {
  /** Default 100. */
  maxOperations?: number;
  /** The maximum bytes of JSON in the result, and the maximum that all copies together may add. Default: 1 MiB. */
  maxBytes?: number;
}

const SENTENCES: Record<JsonPatchFault, string> = {
  "not-an-array": "A JSON Patch must be an array of operations.",
  "malformed-operation": "The operation is malformed.",
  "too-many-operations": "The patch has too many operations.",
  "too-large": "The patch makes the document too large or too deep.",
  "missing-path": "The location does not exist.",
  "test-failed": "The value at the location differs from the tested value.",
};

/** A refused JSON Patch. Its message is a constant sentence that is safe to show. */
export class JsonPatchError extends Error {
  readonly fault: JsonPatchFault;
  /** The index of the operation, or `undefined` if the fault concerns the whole patch. */
  readonly operation: number | undefined;
  /** The location in the patch document, such as `#/0/path` (RFC 6901 section 6). */
  readonly pointer: string | undefined;

  constructor(fault: JsonPatchFault, operation?: number, member?: string) {
    super(SENTENCES[fault]);
    this.name = "JsonPatchError";
    this.fault = fault;
    this.operation = operation;
    this.pointer = pointerOf([operation ?? [], member ?? []].flat());
  }
}

/** A pointer of an operation, with the index of the operation and the member that contains it. */
interface Location {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly operation: number;
  readonly member: "path" | "from";
}

type Step =
  | { readonly op: "add" | "replace" | "test"; readonly path: Location; readonly value: JsonValue }
  | { readonly op: "remove"; readonly path: Location }
  | { readonly op: "move" | "copy"; readonly from: Location; readonly path: Location };

/**
 * Holds the document as a member, so that its root has a parent like every other value. A value being moved is also a
 * member.
 */
interface Workplace {
  document: JsonValue;
  moving?: JsonValue;
}

/**
 * Applies a JSON Patch and returns the patched copy (RFC 6902 section 5).
 * @throws JsonPatchError for every refusal. The target is never changed.
 */
export function applyJsonPatch(target: JsonValue, patch: JsonValue, limits: JsonPatchLimits = {}): JsonValue {
  const { maxOperations = 100, maxBytes = 1_048_576 } = limits;
  if (!Array.isArray(patch)) throw new JsonPatchError("not-an-array");
  if (patch.length > maxOperations) throw new JsonPatchError("too-many-operations");
  const steps = patch.map(readOperation);

  const workplace: Workplace = { document: structuredClone(target) };
  let copiableBytes = maxBytes;
  for (const step of steps) {
    if (step.op === "copy") copiableBytes -= sizeOfCopy(workplace, step.from, copiableBytes);
    take(workplace, step);
  }
  const { document } = workplace;
  if (defectOf(document, DEFAULT_MAX_DEPTH) === "too-deep" || bytesOf(document) > maxBytes) {
    throw new JsonPatchError("too-large");
  }
  return document;
}

function readOperation(operation: JsonValue, index: number): Step {
  if (!isJsonObject(operation)) throw new JsonPatchError("malformed-operation", index);
  const op = memberOf(operation, index, "op");
  switch (op) {
    case "add":
    case "replace":
    case "test":
      return { op, path: readLocation(operation, index, "path"), value: readValue(operation, index) };
    case "remove": {
      const path = readLocation(operation, index, "path");
      if (path.tokens.length === 0) throw new JsonPatchError("malformed-operation", index, "path");
      return { op, path };
    }
    case "move":
    case "copy": {
      const from = readLocation(operation, index, "from");
      const path = readLocation(operation, index, "path");
      // A value cannot be moved into itself (RFC 6902 section 4.4).
      if (op === "move" && isProperPrefix(from.tokens, path.tokens)) {
        throw new JsonPatchError("malformed-operation", index, "path");
      }
      return { op, from, path };
    }
    default:
      throw new JsonPatchError("malformed-operation", index, "op");
  }
}

function memberOf(operation: JsonObject, index: number, name: string): JsonValue {
  const value = Object.hasOwn(operation, name) ? operation[name] : undefined;
  if (value === undefined) throw new JsonPatchError("malformed-operation", index);
  return value;
}

function readLocation(step: JsonObject, operation: number, member: "path" | "from"): Location {
  const text = memberOf(step, operation, member);
  const tokens = typeof text === "string" ? parseStringPointer(text) : undefined;
  if (typeof text !== "string" || tokens === undefined || tokens.some(isForbiddenKey)) {
    throw new JsonPatchError("malformed-operation", operation, member);
  }
  return { text, tokens, operation, member };
}

function readValue(operation: JsonObject, index: number): JsonValue {
  const value = memberOf(operation, index, "value");
  if (defectOf(value, DEFAULT_MAX_DEPTH) !== undefined) throw new JsonPatchError("malformed-operation", index, "value");
  return value;
}

function isProperPrefix(prefix: readonly string[], tokens: readonly string[]): boolean {
  return prefix.length < tokens.length && prefix.every((token, index) => token === tokens[index]);
}

function take(workplace: Workplace, step: Step): void {
  const { op, path } = step;
  switch (op) {
    case "add":
      requireParent(workplace, path);
      change(workplace, path, { op, path: addressOf(path), value: step.value });
      break;
    case "remove":
      find(workplace, path);
      change(workplace, path, { op, path: addressOf(path) });
      break;
    case "replace":
      find(workplace, path);
      change(workplace, path, { op, path: addressOf(path), value: step.value });
      break;
    case "copy":
      find(workplace, step.from);
      requireParent(workplace, path);
      change(workplace, path, { op, from: addressOf(step.from), path: addressOf(path) });
      break;
    case "move":
      find(workplace, step.from);
      // Two steps, because the removal can shift the array elements that the target path counts (RFC 6902 section 4.4).
      change(workplace, step.from, { op, from: addressOf(step.from), path: "/moving" });
      requireParent(workplace, path);
      change(workplace, path, { op, from: "/moving", path: addressOf(path) });
      break;
    case "test":
      if (!isEqual(find(workplace, path), step.value)) throw new JsonPatchError("test-failed", path.operation, "value");
  }
}

/** Requires a location where a value can be added: an object member, or an index up to the end of an array. */
function requireParent(workplace: Workplace, path: Location): void {
  const last = path.tokens.at(-1);
  if (last === undefined) return;
  const parent = find(workplace, path, path.tokens.length - 1);
  const isPlace = Array.isArray(parent) ? last === "-" || readIndex(last, path) <= parent.length : isJsonObject(parent);
  if (!isPlace) throw new JsonPatchError("missing-path", path.operation, path.member);
}

/** The value at a location, or at its ancestor `depth` levels below the root. */
function find(workplace: Workplace, location: Location, depth = location.tokens.length): JsonValue {
  let value: JsonValue | undefined = workplace.document;
  for (const token of location.tokens.slice(0, depth)) {
    if (Array.isArray(value)) value = token === "-" ? undefined : value[readIndex(token, location)];
    else value = isJsonObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
    if (value === undefined) throw new JsonPatchError("missing-path", location.operation, location.member);
  }
  return value;
}

/** An array index without a sign or leading zero (RFC 6901 section 4). */
function readIndex(token: string, location: Location): number {
  if (/^(0|[1-9][0-9]*)$/.test(token)) return Number(token);
  throw new JsonPatchError("malformed-operation", location.operation, location.member);
}

function addressOf(location: Location): string {
  return `/document${location.text}`;
}

function change(workplace: Workplace, location: Location, operation: Operation): void {
  const failures = applyPatch(workplace, [operation]).filter((result) => result !== null);
  if (failures.length > 0) throw new JsonPatchError("missing-path", location.operation, location.member);
}

/**
 * The bytes that a copy would add. They are measured before the copy is made, so copies of copies cannot exhaust
 * memory.
 */
function sizeOfCopy(workplace: Workplace, from: Location, maxBytes: number): number {
  const value = find(workplace, from);
  const isTooDeep = defectOf(value, DEFAULT_MAX_DEPTH) === "too-deep";
  const bytes = isTooDeep ? Number.POSITIVE_INFINITY : bytesOf(value);
  if (bytes > maxBytes) throw new JsonPatchError("too-large", from.operation, from.member);
  return bytes;
}

function bytesOf(value: JsonValue): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Returns what makes a value unsafe for recursive code. It never recurses deeper than `levels`. */
function defectOf(value: JsonValue, levels: number): "too-deep" | "forbidden-key" | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (levels === 0) return "too-deep";
  if (!Array.isArray(value) && Object.keys(value).some(isForbiddenKey)) return "forbidden-key";
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    const defect = defectOf(member, levels - 1);
    if (defect !== undefined) return defect;
  }
  return undefined;
}

/**
 * Equality as RFC 6902 section 4.6 defines it: the order of object members is irrelevant, the order of array elements
 * is not.
 */
function isEqual(left: JsonValue | undefined, right: JsonValue): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && right.every((element, index) => isEqual(left[index], element));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return left === right;
  const keys = Object.keys(right);
  return (
    keys.length === Object.keys(left).length &&
    keys.every((key) => Object.hasOwn(left, key) && isEqual(left[key], right[key] ?? null))
  );
}
