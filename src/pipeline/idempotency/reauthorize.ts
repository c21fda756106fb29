/**
 * Decides whether a stored response may be returned again. The original permission is checked again on the stored state
 * of the resource, because rules, the principal or its token may have changed. A response with a secret is returned
 * only to the client that first received it.
 */
import type { Action } from "#core/contract/ability.ts";
import type { Settled, Targeted } from "#core/contract/context.ts";
import type { Members } from "#core/contract/resource.ts";
import { problem } from "#core/http/problem.ts";
import type { StoredAnswer } from "#features/idempotency/stored-answer.ts";
import { authorizeObject, fieldReader } from "#features/identity/authorize-object.ts";
import { requireToken } from "#features/identity/revocations/store.ts";

type About = StoredAnswer["about"];

/** The permission to check again and its resource. Undefined if the response is not about a readable resource. */
export function describeObject(request: Targeted): About {
  const { current, execution }: Settled = request;
  const answer = execution?.answer;
  const members = current?.members ?? (answer?.kind === "resource" ? answer.value : undefined);
  const { access } = request.endpoint.policy;
  if (members === undefined || access === "public") return undefined;
  // A transition may not be permitted in the state that it leads to, so `read` is the alternative.
  const action = [access.action, "read" as const].find((candidate) => mayDo(request, candidate, members));
  if (action === undefined) return undefined;
  const clientId = hasSecret(request) ? clientOf(request) : undefined;
  const fields = fieldsOf(request, members);
  return { members: { ...members }, action, fields, ...(clientId === undefined ? {} : { clientId }) };
}

function hasSecret({ endpoint }: Targeted): boolean {
  const { success } = endpoint.contract;
  return success.kind === "resource" && success.once !== undefined;
}

function clientOf({ principal }: Targeted): string | undefined {
  return principal.kind === "anonymous" ? undefined : principal.clientId;
}

/** @throws not-found, forbidden; for a response with a secret, unauthorized if the token is revoked */
export async function reauthorize(request: Targeted, about: About): Promise<void> {
  const { ability, endpoint, database, principal, origin } = request;
  const { access } = endpoint.policy;
  if (about === undefined || access === "public") return;
  const members = about.members as Members; // as describeObject stored them
  authorizeObject(ability, { action: about.action as Action, subject: access.subject }, members); // as describeObject stored it
  if (hasSecret(request)) {
    if (about.clientId !== clientOf(request)) {
      throw problem("forbidden", { detail: "The response contains a secret that was issued to another client." });
    }
    await requireToken(database, principal, origin);
  }
  const readable = fieldsOf(request, members);
  if (about.fields.some((field) => !readable.includes(field))) throw problem("forbidden");
}

function mayDo({ ability, endpoint }: Targeted, action: Action, members: Members): boolean {
  const { access } = endpoint.policy;
  try {
    if (access !== "public") authorizeObject(ability, { action, subject: access.subject }, members);
    return true;
  } catch {
    return false;
  }
}

function fieldsOf({ ability, endpoint }: Targeted, members: Members): string[] {
  const { success } = endpoint.contract;
  return success.kind === "resource" ? [...fieldReader(ability, success.resource)(members)] : [];
}
