/** Stage 10. Parses the body (400) and validates it against the contract (422, with all faults at once). */
import type { Context, Next } from "hono";
import type { AppEnv } from "#core/contract/context.ts";
import type { Body } from "#core/contract/endpoint.ts";
import { isJsonObject, JsonError, type JsonValue, parseJson } from "#core/http/json.ts";
import { parseMediaType } from "#core/http/media-type.ts";
import { problem } from "#core/http/problem.ts";
import { writableFields } from "#features/identity/authorize-object.ts";
import { bodyFaults, locateIn, plainly, unknownMember } from "../idempotency/faults.ts";
import { parseForm } from "../receive/form.ts";
import { JSON_PATCH } from "../receive/receive.ts";
import { invalid } from "./invalid.ts";
import { applyPatch } from "./patch.ts";

/** @throws malformed-request, validation-error, conflict */
export async function validateContent(c: Context<AppEnv>, next: Next): Promise<void> {
  const { call, current, content, ability } = c.var;
  const { body } = c.var.endpoint.contract;
  if (body?.kind === "form") {
    const form = parseForm(content ?? new Uint8Array());
    c.set("form", form);
    c.set("call", { ...call, body: checked(body, Object.fromEntries(form)), current });
  } else if (body !== undefined) {
    const sent = parse(content ?? new Uint8Array());
    const isJsonPatch = parseMediaType(c.req.header("content-type") ?? "")?.essence === JSON_PATCH;
    const { access } = c.var.endpoint.policy;
    const permitted = writableFields(ability, access, Object.keys(body.schema.shape), current?.members);
    const value =
      body.kind === "patch" && current !== undefined
        ? applyPatch(body, current, sent, isJsonPatch, permitted)
        : checked(body, sent, permitted);
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

/** Treats a member that the principal may not set like a member that does not exist. */
function checked(
  body: Body,
  sent: JsonValue,
  permitted: readonly string[] = Object.keys(body.schema.shape),
): Record<string, unknown> {
  const parsed = body.schema.safeParse(sent, plainly);
  const refused = isJsonObject(sent)
    ? Object.keys(body.schema.shape).filter((name) => Object.hasOwn(sent, name) && !permitted.includes(name))
    : [];
  const faults = refused.map((name) => unknownMember(name, locateIn(sent)([name])));
  if (!parsed.success) faults.push(...bodyFaults(parsed.error, sent, locateIn(sent)));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw invalid("validation-error", faults);
}
