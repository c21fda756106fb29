/**
 * Applies a patch to the current state and validates the result as a whole resource, so a patch cannot set what a
 * creation cannot. A patch may only name members that exist, at every depth, even to remove them. Read-only members may
 * be sent only with their current value.
 */
import { z } from "@hono/zod-openapi";
import type { Body, Current } from "#core/contract/endpoint.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "#core/http/json.ts";
import { applyJsonPatch, JsonPatchError } from "#core/http/json-patch.ts";
import { parseStringPointer, pointerOf } from "#core/http/json-pointer.ts";
import { mergePatch } from "#core/http/merge-patch.ts";
import { type Problem, problem, type RequestFault } from "#core/http/problem.ts";
import { bodyFaults, locateIn, MAX_FAULTS, type Path, plainly, unknownMember } from "../idempotency/faults.ts";
import { invalid } from "./invalid.ts";

/**
 * The writable members after the patch, as the endpoint's schema defines them. Members outside `permitted` are treated
 * like members that do not exist.
 *
 * @throws malformed-request, validation-error, conflict
 */
export function applyPatch(
  body: Body,
  current: Current,
  sent: JsonValue,
  isJsonPatch: boolean,
  permitted: readonly string[] = Object.keys(body.schema.shape),
): Record<string, unknown> {
  const before = current.members as JsonObject; // the schema makes members of a representation JSON
  const after = isJsonPatch ? jsonPatched(before, sent) : merged(before, sent);
  const locate = isJsonPatch ? operationIn(sent) : locateIn(sent);
  const writable = Object.keys(body.schema.shape);
  const named = isJsonPatch || !isJsonObject(sent) ? [] : Object.keys(sent);
  const faults = forbiddenChanges(before, after, { writable: permitted, named, locate });
  if (!isJsonPatch) faults.push(...unknownRemovals(body.schema, sent).map((path) => unknownAt(path, locate)));
  const result = Object.fromEntries(
    writable
      .map((name) => [name, permitted.includes(name) ? after : before] as const)
      .filter(([name, source]) => Object.hasOwn(source, name))
      .map(([name, source]) => [name, source[name]]),
  );
  const parsed = body.schema.safeParse(result, plainly);
  if (!parsed.success) faults.push(...bodyFaults(parsed.error, result, locate));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw invalid("validation-error", faults.slice(0, MAX_FAULTS));
}

function merged(before: JsonObject, patch: JsonValue): JsonObject {
  const after = isJsonObject(patch) ? mergePatch(before, patch) : undefined;
  if (!isJsonObject(after)) throw wrongType("The patch must be an object.");
  return after;
}

function jsonPatched(before: JsonObject, patch: JsonValue): JsonObject {
  if (!Array.isArray(patch)) throw wrongType("The patch must be an array of operations.");
  try {
    const after = applyJsonPatch(before, patch);
    if (isJsonObject(after)) return after;
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    throw patchProblem(error);
  }
  throw wrongType("The result must be an object.");
}

interface PatchedMembers {
  readonly writable: readonly string[];
  /** The members that a merge patch names, including removals without effect. */
  readonly named: readonly string[];
  locate(path: Path): string;
}

/** The faults of changes to members that are not writable. Sending the current value is allowed. */
function forbiddenChanges(before: JsonObject, after: JsonObject, patched: PatchedMembers): RequestFault[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after), ...patched.named]);
  return [...names]
    .filter((name) => !patched.writable.includes(name))
    .filter((name) => !Object.hasOwn(before, name) || JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => {
      const pointer = patched.locate([name]);
      if (!Object.hasOwn(before, name)) return unknownMember(name, pointer);
      return { pointer, code: "read-only", detail: `\`${name}\` cannot be changed.` };
    });
}

/**
 * The members below the first level that a merge patch removes although the schema does not have them. They leave no
 * trace in the result, so validation cannot find them. JSON Patch refuses them itself, because their path does not
 * exist.
 */
function unknownRemovals(schema: z.ZodType, patch: JsonValue, path: Path = []): Path[] {
  const object = objectSchemaOf(schema);
  if (object === undefined || !isJsonObject(patch)) return [];
  return Object.entries(patch).flatMap(([name, value]) => {
    const place = [...path, name];
    const member = Object.hasOwn(object.shape, name) ? (object.shape[name] as z.ZodType) : undefined; // a shape contains schemas
    if (member !== undefined) return unknownRemovals(member, value, place);
    return value === null && path.length > 0 ? [place] : [];
  });
}

/** The object schema inside optional, nullable and default wrappers. */
function objectSchemaOf(schema: z.ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return objectSchemaOf(schema.unwrap() as z.ZodType); // these wrap only schemas
  }
  return undefined;
}

function unknownAt(path: Path, locate: PatchedMembers["locate"]): RequestFault {
  return unknownMember(String(path.at(-1)), locate(path));
}

function patchProblem(error: JsonPatchError): Problem {
  const errors: RequestFault[] = [{ pointer: error.pointer ?? "#", code: error.fault, detail: error.message }];
  const where = error.operation === undefined ? "" : ` (operation ${error.operation})`;
  switch (error.fault) {
    case "malformed-operation":
      return problem("malformed-request", { detail: `${error.message.slice(0, -1)}${where}.`, errors });
    case "missing-path":
    case "test-failed":
      return problem("conflict", { detail: `${error.message.slice(0, -1)}${where}. Nothing was changed.`, errors });
    case "not-an-array":
    case "too-many-operations":
    case "too-large":
      return invalid("validation-error", errors);
  }
}

/** Points to the last operation of a JSON Patch that touched the location, or else to the whole patch. */
function operationIn(patch: JsonValue): (path: Path) => string {
  const operations = Array.isArray(patch) ? patch : [];
  return (path) => {
    const place = path.map(String);
    const index = operations.findLastIndex((operation) =>
      touched(operation).some((other) => startsWith(other, place) || startsWith(place, other)),
    );
    return index < 0 ? "#" : pointerOf([index]);
  };
}

/** The locations that an operation changes. A move also changes its source; a test changes nothing. */
function touched(operation: JsonValue): string[][] {
  if (!isJsonObject(operation)) return [];
  const { op, path, from } = operation;
  if (op === "test") return [];
  return [path, op === "move" ? from : undefined].flatMap((pointer) => {
    const place = typeof pointer === "string" ? parseStringPointer(pointer) : undefined;
    return place === undefined ? [] : [place];
  });
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((segment, index) => path[index] === segment);
}

function wrongType(detail: string): Problem {
  return invalid("validation-error", [{ pointer: "#", code: "wrong-type", detail }]);
}
