/**
 * Stage 10. Parses the body (400) and holds it against the contract (422, all faults at once).
 */
import type { Context, Next } from "hono";
import type { AppEnv } from "../contract/context.ts";
import type { Body } from "../contract/endpoint.ts";
import { JsonError, type JsonValue, parseJson } from "../http/json.ts";
import { parseMediaType } from "../http/media-type.ts";
import { problem } from "../http/problem.ts";
import { bodyFaults, locateIn, plainly } from "./faults.ts";
import { invalid } from "./invalid.ts";
import { applyPatch } from "./patch.ts";
import { JSON_PATCH } from "./receive.ts";

/** @throws malformed-request, validation-error, conflict */
export async function validateContent(c: Context<AppEnv>, next: Next): Promise<void> {
  const { call, current, content } = c.var;
  const { body } = c.var.endpoint.contract;
  if (body !== undefined) {
    const sent = parse(content ?? new Uint8Array());
    const isJsonPatch = parseMediaType(c.req.header("content-type") ?? "")?.essence === JSON_PATCH;
    const value =
      body.kind === "patch" && current !== undefined
        ? applyPatch(body, current, sent, isJsonPatch)
        : checked(body, sent);
    c.set("call", { ...call, body: value, current });
  } else if (current !== undefined) {
    c.set("call", { ...call, current });
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

function checked(body: Body, sent: JsonValue): Record<string, unknown> {
  const parsed = body.schema.safeParse(sent, plainly);
  if (parsed.success) return parsed.data;
  throw invalid("validation-error", bodyFaults(parsed.error, sent, locateIn(sent)));
}
