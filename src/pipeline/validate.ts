/**
 * Stage 10. Parses the body (400) and holds it against the contract (422, all faults at once). A patch is applied
 * to the current state first, and its result is validated as the whole resource it would become.
 */
import type { Context } from "hono";
import type { AppEnv } from "../contract/context.ts";
import type { Body, Current } from "../contract/endpoint.ts";
import { isJsonObject, JsonError, type JsonObject, type JsonValue, parseJson } from "../http/json.ts";
import { applyJsonPatch, JsonPatchError } from "../http/json-patch.ts";
import { pointerOf } from "../http/json-pointer.ts";
import { parseMediaType } from "../http/media-type.ts";
import { mergePatch } from "../http/merge-patch.ts";
import { type Problem, problem, type RequestFault } from "../http/problem.ts";
import { bodyFaults } from "./faults.ts";
import { JSON_PATCH } from "./receive.ts";

/** @throws malformed-request, validation-error, conflict */
export async function validateContent(c: Context<AppEnv>, next: () => Promise<void>): Promise<void> {
  const { body } = c.var.endpoint.contract;
  if (body !== undefined) {
    const sent = parse(c.var.content);
    const isJsonPatch = parseMediaType(c.req.header("content-type") ?? "")?.essence === JSON_PATCH;
    const value = body.kind === "json" ? checked(body, sent, sent) : patched(body, c.var.current, sent, isJsonPatch);
    c.set("call", { ...c.var.call, body: value, current: c.var.current });
  } else if (c.var.current !== undefined) {
    c.set("call", { ...c.var.call, current: c.var.current });
  }
  await next();
}

function parse(content: Uint8Array): JsonValue {
  try {
    return parseJson(content);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw problem("malformed-request", {
      detail: error.message,
      errors: [{ pointer: error.pointer ?? "#", code: error.fault, detail: error.message }],
    });
  }
}

function patched(body: Body, current: Current, sent: JsonValue, isJsonPatch: boolean): unknown {
  if (isJsonPatch ? !Array.isArray(sent) : !isJsonObject(sent)) {
    const expected = isJsonPatch ? "an array of operations" : "an object";
    throw invalid([{ pointer: "#", code: "wrong-type", detail: `The patch must be ${expected}.` }]);
  }
  const before = current.members as JsonObject; // members of a representation are JSON by their schema
  const after = isJsonPatch ? withJsonPatch(before, sent) : mergePatch(before, sent);
  const locate = isJsonPatch ? (pointer: string) => operationOf(sent, pointer) : (pointer: string) => pointer;
  if (!isJsonObject(after))
    throw invalid([{ pointer: "#", code: "wrong-type", detail: "The result must be an object." }]);
  const writable = Object.keys(body.schema.shape);
  const faults = fixedMembers(before, after, writable).map((name) => ({
    pointer: locate(pointerOf([name])),
    code: name in before ? "read-only" : "unknown",
    detail: name in before ? `\`${name}\` cannot be changed.` : `\`${name}\` is not a member that can be set.`,
  }));
  const result = Object.fromEntries(writable.filter((name) => name in after).map((name) => [name, after[name]]));
  const parsed = body.schema.safeParse(result);
  if (!parsed.success) {
    // A member that the patch removed is told where the patch names it: the merge patch holds it as null.
    const found = bodyFaults(parsed.error, isJsonPatch ? result : { ...result, ...(sent as JsonObject) }); // checked above
    faults.push(
      ...found.map((fault) => ({
        code: fault.code,
        detail: fault.detail,
        pointer: locate("pointer" in fault ? fault.pointer : "#"),
      })),
    );
  }
  if (faults.length > 0) throw invalid(faults);
  return parsed.data;
}

/** Members outside the writable ones that the patch would change. An equal value may be sent back. */
function fixedMembers(before: JsonObject, after: JsonObject, writable: readonly string[]): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter(
    (name) => !writable.includes(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
}

function withJsonPatch(before: JsonObject, patch: JsonValue): JsonValue {
  try {
    return applyJsonPatch(before, patch);
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    throw patchProblem(error);
  }
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
      return invalid(errors);
  }
}

/** Where in a JSON Patch the last operation stands that touched the place. */
function operationOf(patch: JsonValue, pointer: string): string {
  const place = decodeURIComponent(pointer.slice(1));
  const operations = Array.isArray(patch) ? patch : [];
  const index = operations.findLastIndex((operation) => {
    const path = isJsonObject(operation) ? operation["path"] : undefined;
    return typeof path === "string" && (overlaps(path, place) || overlaps(place, path));
  });
  return index < 0 ? "#" : pointerOf([index]);
}

function overlaps(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}

function checked(body: Body, value: unknown, sent: JsonValue): unknown {
  const parsed = body.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(bodyFaults(parsed.error, sent));
}

function invalid(errors: readonly RequestFault[]): Problem {
  const detail =
    errors.length === 1 && errors[0] !== undefined
      ? errors[0].detail
      : `${errors.length} members of the body are invalid.`;
  return problem("validation-error", { detail, errors });
}
