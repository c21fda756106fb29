/**
 * The `authorize` stage decides by the endpoint's declared access whether the principal may call the operation at all.
 * If only a scope of the token is missing, the response names it (RFC 6750 section 3.1); otherwise it gives no reason.
 */
import type { Ability, Action } from "#core/contract/ability.ts";
import type { Principal } from "#core/contract/principal.ts";
import { stage } from "#core/contract/stage.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { challenge } from "./challenge.ts";
import { obstacleTo } from "./missing-scope.ts";

/** The principal, and the request that it makes. */
interface Caller {
  readonly principal: Principal;
  readonly ability: Ability;
  /** The service's origin. */
  readonly origin: string;
}

/** @throws unauthorized for an anonymous caller; forbidden for an authenticated one */
export const authorize = stage(
  "authorize",
  { requires: ["endpoint", "principal", "ability"] },
  async (request, next) => {
    const { access } = request.endpoint.policy;
    if (access !== "public") requireAbility(request, access.action, access.subject);
    await next();
  },
);

/**
 * The same check for a handler, for parameters that change what the operation does.
 *
 * @throws unauthorized, forbidden
 */
export function requireAbility(caller: Caller, action: Action, subject: string): void {
  if (caller.ability.cannot(action, subject)) throw refusal(caller, action, subject);
}

function refusal({ principal, ability, origin }: Caller, action: Action, subject: string): Problem {
  if (principal.kind === "anonymous") {
    return problem("unauthorized", {
      detail: "This operation needs an access token.",
      headers: challenge(origin),
    });
  }
  const obstacle = obstacleTo(ability, action, subject, subject);
  return problem("forbidden", obstacle ?? { detail: `This principal may not ${action} ${subject}.` });
}
