/**
 * The scopes that a request asks for, and those that it gets. A scope that may not be granted is omitted without an
 * error (RFC 6749 section 3.3). Pure.
 */
import type { Client } from "oidc-provider";
import type { Role } from "#core/contract/principal.ts";
import { type Scopes, scopesOf } from "#core/contract/scopes.ts";

/** The scopes of the protocol itself. They permit nothing at the API. */
export const PROTOCOL_SCOPES = ["openid", "offline_access"] as const;

/** All scopes that a client may request: those of the protocol and those of the API. */
export function requestableScopes(scopes: Scopes): readonly string[] {
  return [...PROTOCOL_SCOPES, ...Object.keys(scopes)];
}

/**
 * The `scope` of a request, made explicit. A request that names no scope of the API asks for all of them. One that
 * names only unknown scopes gets none.
 */
export function askedScope(scope: string | null, scopes: Scopes): string {
  const names = namesIn(scope);
  const isOpen = names.every((name) => (PROTOCOL_SCOPES as readonly string[]).includes(name));
  return (isOpen ? [...names, ...Object.keys(scopes)] : names).join(" ");
}

export interface GrantedScopes {
  /** The scopes of the API. */
  readonly api: readonly string[];
  readonly protocol: readonly string[];
}

/** Those requested scopes that both the client and an account of that role may have. */
export function grantedScopes(
  scopes: Scopes,
  asked: string | undefined,
  allowed: readonly string[],
  role: Role,
): GrantedScopes {
  const names = new Set(namesIn(asked ?? null).filter((name) => allowed.includes(name)));
  return {
    api: scopesOf(scopes, role).filter((name) => names.has(name)),
    protocol: PROTOCOL_SCOPES.filter((name) => names.has(name)),
  };
}

/** The API scopes that the client may have and, if a role is given, an account of that role may have, too. */
export function clientScopes(scopes: Scopes, allowed: readonly string[], role?: Role): string[] {
  return (role === undefined ? Object.keys(scopes) : scopesOf(scopes, role)).filter((name) => allowed.includes(name));
}

/** Whether the client may have the scope now, regardless of earlier grants. */
export function mayHave(client: Pick<Client, "allowed_scopes"> | undefined, scope: string): boolean {
  return client?.allowed_scopes?.includes(scope) === true;
}

/**
 * The scopes that a self-registering client gets: of the requested ones, those that every account may grant. If `asked`
 * is undefined, the client gets all of these.
 */
export function registrableScopes(scopes: Scopes, asked: string | undefined): string[] {
  const open = [...PROTOCOL_SCOPES, ...scopesOf(scopes, "customer")];
  return asked === undefined ? open : open.filter((scope) => namesIn(asked).includes(scope));
}

/** The names in a list separated by spaces. */
export function namesIn(scope: string | null): string[] {
  return (scope ?? "").split(" ").filter((name) => name !== "");
}
