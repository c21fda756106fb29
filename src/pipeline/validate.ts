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
  const { body } = c.var.endpoint.contract;
  if (body !== undefined) {
    const sent = parse(c.var.content);
    const isJsonPatch = parseMediaType(c.req.header("content-type") ?? "")?.essence === JSON_PATCH;
    const value = body.kind === "json" ? checked(body, sent) : applyPatch(body, c.var.current, sent, isJsonPatch);
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

function checked(body: Body, sent: JsonValue): Record<string, unknown> {
  const parsed = body.schema.safeParse(sent, plainly);
  if (parsed.success) return parsed.data;
  throw invalid(bodyFaults(parsed.error, sent, locateIn(sent)));
}
