/** Which scopes a request asks for and which it gets. What may not be had is left out in silence (RFC 6749 section 3.3). Pure. */
import type { Client } from "oidc-provider";
import { type Role, SCOPES, scopesOf } from "#core/contract/principal.ts";

/** Scopes of the protocol itself, about no resource of the API. */
export const PROTOCOL_SCOPES = ["openid", "offline_access"] as const;

/**
 * The `scope` of a request with what it means written out: one that names nothing of the API asks for all of it. One
 * that names only what nobody knows gets nothing.
 */
export function askedScope(scope: string | null): string {
  const names = namesIn(scope);
  const isOpen = names.every((name) => (PROTOCOL_SCOPES as readonly string[]).includes(name));
  return (isOpen ? [...names, ...SCOPES] : names).join(" ");
}

export interface GrantedScopes {
  /** Of the API. */
  readonly api: readonly string[];
  readonly protocol: readonly string[];
}

/** Of what was asked for, what both the client and an account of that role may have. */
export function grantedScopes(asked: string | undefined, allowed: readonly string[], role: Role): GrantedScopes {
  const names = new Set(namesIn(asked ?? null).filter((name) => allowed.includes(name)));
  return {
    api: scopesOf(role).filter((name) => names.has(name)),
    protocol: PROTOCOL_SCOPES.filter((name) => names.has(name)),
  };
}

/** What the client may have of the API; with a role, what an account of that role may have besides. */
export function clientScopes(allowed: readonly string[], role?: Role): string[] {
  return (role === undefined ? [...SCOPES] : scopesOf(role)).filter((name) => allowed.includes(name));
}

/** Whether the client may have the scope at this moment, whatever it was granted before. */
export function mayHave(client: Pick<Client, "allowed_scopes"> | undefined, scope: string): boolean {
  return client?.allowed_scopes?.includes(scope) === true;
}

/** Of what a client asks for when it registers itself, what every account may permit. Undefined asks for all of it. */
export function registrableScopes(asked: string | undefined): string[] {
  const open = [...PROTOCOL_SCOPES, ...scopesOf("customer")];
  return asked === undefined ? open : open.filter((scope) => namesIn(asked).includes(scope));
}

/** The names in a list that is separated by spaces. */
export function namesIn(scope: string | null): string[] {
  return (scope ?? "").split(" ").filter((name) => name !== "");
}
