/** Stage 6. Whether the principal may call the operation at all, by the endpoint's declared access. */
import type { Context, Next } from "hono";
import type { Action } from "../contract/ability.ts";
import type { AppEnv } from "../contract/context.ts";
import type { Call } from "../contract/endpoint.ts";
import { type Problem, problem } from "../http/problem.ts";

/** @throws unauthorized for an anonymous caller, forbidden for a known one */
export async function authorize(c: Context<AppEnv>, next: Next): Promise<void> {
  const { access } = c.var.endpoint.policy;
  if (access !== "public" && c.var.ability.cannot(access.action, access.subject)) {
    throw refusal(c.var.principal.kind, access.action, access.subject);
  }
  await next();
}

/**
 * The same question from within a handler, where a parameter makes the operation another one.
 *
 * @throws unauthorized, forbidden
 */
export function requireAbility(
  call: Pick<Call<unknown, unknown, unknown>, "ability" | "principal">,
  action: Action,
  subject: string,
): void {
  if (call.ability.cannot(action, subject)) throw refusal(call.principal.kind, action, subject);
}

function refusal(kind: string, action: Action, subject: string): Problem {
  if (kind === "anonymous") {
    return problem("unauthorized", {
      detail: "This operation needs an access token.",
      headers: { "WWW-Authenticate": 'Bearer realm="sluice"' },
    });
  }
  return problem("forbidden", { detail: `This principal may not ${action} ${subject}.` });
}
