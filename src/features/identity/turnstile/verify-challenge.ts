/**
 * Whether a person solved the challenge: Cloudflare Turnstile's siteverify, called once for each response. A response
 * counts only for this host and the action it was solved for; siteverify ensures that it counts once. Fails closed: if
 * siteverify does not respond, the challenge counts as failed.
 */
import { z } from "@hono/zod-openapi";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { type Problem, problem } from "#core/http/problem.ts";

/** The form field that the widget fills. */
export const CHALLENGE_FIELD = "cf-turnstile-response";

/** The action that the widget binds the response to (`data-action`). */
export type ChallengeAction = "login";

const MAX_RESPONSE_CHARACTERS = 2048;
const MAX_ANSWER_BYTES = 16_384;
const TIMEOUT_MS = 3000;

/** Error codes that the person did not cause: faults of the configuration or of siteverify. */
const OUR_FAULTS = new Set(["missing-input-secret", "invalid-input-secret", "bad-request", "internal-error"]);

const answerSchema = z.object({
  success: z.boolean(),
  "error-codes": z.array(z.string()).default([]),
  hostname: z.string().optional(),
  action: z.string().optional(),
});

/**
 * Whether `response` meets the challenge. Without configuration no response does.
 *
 * @throws service-unavailable if siteverify does not respond properly within 3 seconds
 */
export async function verifyChallenge(
  response: string | undefined,
  context: RequestContext,
  action: ChallengeAction,
): Promise<boolean> {
  const { turnstile } = context.settings;
  if (turnstile === undefined) return false;
  if (response === undefined || response === "" || response.length > MAX_RESPONSE_CHARACTERS) return false;
  const answer = await ask(context, turnstile, response);
  if (answer.success) {
    return answer.hostname === new URL(context.origin).hostname && answer.action === action;
  }
  const fault = answer["error-codes"].find((code) => OUR_FAULTS.has(code));
  if (fault !== undefined) throw unavailable(new Error(`turnstile: ${fault}`));
  return false;
}

async function ask(
  context: RequestContext,
  { url, secret }: { readonly url: string; readonly secret: string },
  response: string,
): Promise<z.output<typeof answerSchema>> {
  const { address, randomBytes } = context;
  const body = new URLSearchParams({ secret, response, idempotency_key: uuidOf(randomBytes(16)) });
  if (address !== "unknown") body.set("remoteip", address);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const answered = await context.fetch(new Request(url, { method: "POST", body, redirect: "manual", signal }));
    return answerSchema.parse(JSON.parse(await textOf(answered)));
  } catch (cause) {
    throw unavailable(new Error("turnstile: no response", { cause }));
  }
}

/** Error responses have a body and a status, too. */
async function textOf(answered: Response): Promise<string> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for await (const chunk of answered.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new RangeError("turnstile: too large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function unavailable(cause: Error): Problem {
  return problem("service-unavailable", { headers: { "Retry-After": "5" }, cause });
}

/** Version 4 of RFC 9562. */
function uuidOf(bytes: Uint8Array): string {
  bytes.set([((bytes[6] ?? 0) & 0x0f) | 0x40], 6);
  bytes.set([((bytes[8] ?? 0) & 0x3f) | 0x80], 8);
  const hex = bytes.toHex();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
