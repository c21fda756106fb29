/**
 * Whether a kept answer may be shown once more. What was permitted when it was given is asked again, of the resource as it
 * was then: the rules may have changed, or what the principal is, or what its token holds. An answer with a secret is
 * shown again only to the client that it was given to.
 */
import type { Context } from "hono";
import type { Action } from "#core/contract/ability.ts";
import type { AppEnv, SettledVariables } from "#core/contract/context.ts";
import type { Members } from "#core/contract/resource.ts";
import { problem } from "#core/http/problem.ts";
import type { StoredAnswer } from "#features/idempotency/stored-answer.ts";
import { authorizeObject, fieldReader } from "#features/identity/authorize-object.ts";
import { requireToken } from "#features/identity/revocations/store.ts";

type About = StoredAnswer["about"];

/** What to ask again, and of what; undefined where the answer is about no resource that could be read. */
export function describeObject(c: Context<AppEnv>): About {
  const { current, execution }: SettledVariables = c.var;
  const answer = execution?.answer;
  const members = current?.members ?? (answer?.kind === "resource" ? answer.value : undefined);
  const { access } = c.var.endpoint.policy;
  if (members === undefined || access === "public") return undefined;
  // A step that led to another state may not be permitted in that state.
  const action = [access.action, "read" as const].find((candidate) => mayDo(c, candidate, members));
  if (action === undefined) return undefined;
  const clientId = hasSecret(c) ? clientOf(c) : undefined;
  const fields = fieldsOf(c, members);
  return { members: { ...members }, action, fields, ...(clientId === undefined ? {} : { clientId }) };
}

function hasSecret(c: Context<AppEnv>): boolean {
  const { success } = c.var.endpoint.contract;
  return success.kind === "resource" && success.once !== undefined;
}

function clientOf(c: Context<AppEnv>): string | undefined {
  const { principal } = c.var;
  return principal.kind === "anonymous" ? undefined : principal.clientId;
}

/** @throws not-found, forbidden; for an answer with a secret, unauthorized where the token is revoked */
export async function reauthorize(c: Context<AppEnv>, about: About): Promise<void> {
  const { ability, endpoint, database, principal, origin } = c.var;
  const { access } = endpoint.policy;
  if (about === undefined || access === "public") return;
  const members = about.members as Members; // as describeObject put them in
  authorizeObject(ability, { action: about.action as Action, subject: access.subject }, members); // likewise
  if (hasSecret(c)) {
    if (about.clientId !== clientOf(c)) {
      throw problem("forbidden", { detail: "The response has a secret that was given to another client." });
    }
    await requireToken(database, principal, origin);
  }
  const readable = fieldsOf(c, members);
  if (about.fields.some((field) => !readable.includes(field))) throw problem("forbidden");
}

function mayDo(c: Context<AppEnv>, action: Action, members: Members): boolean {
  const { ability, endpoint } = c.var;
  const { access } = endpoint.policy;
  try {
    if (access !== "public") authorizeObject(ability, { action, subject: access.subject }, members);
    return true;
  } catch {
    return false;
  }
}

function fieldsOf(c: Context<AppEnv>, members: Members): string[] {
  const { success } = c.var.endpoint.contract;
  return success.kind === "resource" ? [...fieldReader(c.var.ability, success.resource)(members)] : [];
}
