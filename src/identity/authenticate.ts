/**
 * Stage 5. Establishes the principal and what it may do. Fails closed: credentials that are not good are refused on
 * public routes too, never ignored (RFC 6750 section 3).
 */
import type { MiddlewareHandler } from "hono";
import { type AbilityRules, abilityOf } from "../contract/ability.ts";
import type { AppEnv } from "../contract/context.ts";
import type { Authenticate, Doors } from "../contract/doors.ts";
import { problem } from "../http/problem.ts";

/** @throws unauthorized */
export function authenticate(doors: Doors, rules: readonly AbilityRules[]): MiddlewareHandler<AppEnv> {
  return async function authenticateRequest(c, next) {
    const principal = await doors.authenticate(c.req.raw, { now: c.var.now, settings: c.var.settings });
    c.set("principal", principal);
    c.set("ability", abilityOf(principal, rules));
    await next();
  };
}

/** The authenticator of a service that trusts no issuer: every credential is unknown to it. */
export const trustNobody: Authenticate = async (request) => {
  if (request.headers.has("authorization")) {
    throw problem("unauthorized", {
      detail: "The credentials are not valid.",
      headers: { "WWW-Authenticate": 'Bearer realm="sluice", error="invalid_token"' },
    });
  }
  return { kind: "anonymous", address: request.headers.get("cf-connecting-ip") ?? "unknown" };
};
