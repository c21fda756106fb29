/**
 * The scopes of access tokens and API keys (RFC 6749 section 3.3). Each module declares the scopes of its resources;
 * a scope that no module declares has no effect. Pure.
 */
import { type Principal, ROLES, type Role } from "./principal.ts";

export interface ScopeDeclaration {
  /** What the scope permits, in a sentence for the person who is asked for consent. */
  readonly consent: string;
  /** What the scope permits, for developers. */
  readonly description: string;
  /** The roles whose accounts may have the scope. Default: all. */
  readonly roles?: readonly Role[];
}

/** Scopes by name, in the order in which documents and pages list them. */
export type Scopes = Readonly<Record<string, ScopeDeclaration>>;

/** The syntax of a name: `reviews:write`, `gift-cards:read`. */
export const SCOPE_NAME = /^[a-z]+(-[a-z]+)*(:[a-z]+)?$/;

/**
 * The scopes in the order of documents and pages: first those that accounts of every role may have.
 *
 * @throws RangeError for a name that is not in the form of `SCOPE_NAME`
 */
export function orderScopes(scopes: Scopes): Scopes {
  const malformed = Object.keys(scopes).find((name) => !SCOPE_NAME.test(name));
  if (malformed !== undefined) throw new RangeError(`${malformed} is not the name of a scope`);
  const rolesOf = ({ roles = ROLES }: ScopeDeclaration) => roles.length;
  return Object.fromEntries(Object.entries(scopes).toSorted(([, one], [, other]) => rolesOf(other) - rolesOf(one)));
}

/** All scopes that an account with that role may grant to a client. */
export function scopesOf(scopes: Scopes, role: Role): string[] {
  return Object.keys(scopes).filter((name) => (scopes[name]?.roles ?? ROLES).includes(role));
}

/** The names in the list that are scopes, each once. */
export function knownScopes(scopes: Scopes, names: readonly string[]): string[] {
  return Object.keys(scopes).filter((name) => names.includes(name));
}

/** The effective scopes of the principal: the scopes of its credential that at least one of its roles may have. */
export function heldScopes(scopes: Scopes, principal: Principal): string[] {
  if (principal.kind === "anonymous") return [];
  const possible = ROLES.filter((role) => principal.roles.includes(role)).flatMap((role) => scopesOf(scopes, role));
  return knownScopes(scopes, possible).filter((name) => principal.scopes.includes(name));
}
