/** Stage 10. Parses the body (400) and validates it against the contract (422, with all faults at once). */
import type { Body } from "#core/contract/endpoint.ts";
import { stage } from "#core/contract/stage.ts";
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
export const validateContent = stage(
  "validateContent",
  { requires: ["endpoint", "ability", "content", "current"], provides: ["body", "form"] },
  async (request, next) => {
    const { http, endpoint, ability, content = new Uint8Array(), current } = request;
    const { body } = endpoint.contract;
    if (body?.kind === "form") {
      request.form = parseForm(content);
      request.body = checked(body, Object.fromEntries(request.form));
    } else if (body !== undefined) {
      const sent = parse(content);
      const isJsonPatch = parseMediaType(http.req.header("content-type") ?? "")?.essence === JSON_PATCH;
      const { access } = endpoint.policy;
      const permitted = writableFields(ability, access, Object.keys(body.schema.shape), current?.members);
      request.body =
        body.kind === "patch" && current !== undefined
          ? applyPatch(body, current, sent, isJsonPatch, permitted)
          : checked(body, sent, permitted);
    }
    await next();
  },
);

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
