/** Who acts. Always an account or an address, never a token: two tokens of one account are one principal. */
export type Principal =
  | { readonly kind: "anonymous"; readonly address: string }
  | {
      readonly kind: "user" | "service";
      /** The account's id, unique among all issuers: for an account of a trusted issuer, `accountId` of the two. */
      readonly id: string;
      readonly roles: readonly string[];
      readonly scopes: readonly string[];
      /** What the request was sent with. */
      readonly credential: "token" | "api-key";
      /** The OAuth client that the token was issued to. */
      readonly clientId?: string;
      /** When the person last proved who they are, in epoch milliseconds, where the issuer says it. */
      readonly authenticatedAt?: number;
      /** How they did, as RFC 8176 names it (`pwd`, `hwk`), where the issuer says it. */
      readonly methods?: readonly string[];
      /** What the account may use. Default: "free". */
      readonly plan?: Plan;
      /** The claims of the access token, where this service issued it. */
      readonly token?: RevocableClaims;
      /** Whether the token is bound to a key of the client (DPoP). */
      readonly isBound?: boolean;
    };

/** What an access token of this service can be revoked by. */
export interface RevocableClaims {
  readonly jti: string;
  /** The account's id. */
  readonly account: string;
  /** The account's credential version when the token was issued. 0: the token carries none. */
  readonly accountVersion: number;
  readonly client_id: string;
  /** The client's credential version when the token was issued. 0: the token carries none. */
  readonly clientVersion: number;
  /** Absent for client credentials, where there is no grant. */
  readonly grant?: string | undefined;
}

/** What an account can be. A token may name others; they mean nothing here. */
export const ROLES = ["customer", "staff", "admin"] as const;

/** What an account may use; how much that is, `limits/` says. */
export const PLAN_NAMES = ["free", "pro", "internal"] as const;

export type Plan = (typeof PLAN_NAMES)[number];

/** What a token can permit (RFC 6749 section 3.3). A token may name others; they mean nothing here. */
export const SCOPES = [
  "users:read",
  "users:write",
  "addresses:read",
  "addresses:write",
  "orders:read",
  "orders:write",
  "products:write",
  "admin",
] as const;

export type Scope = (typeof SCOPES)[number];
export type Role = (typeof ROLES)[number];

const WITHHELD: Readonly<Record<Role, readonly Scope[]>> = {
  customer: ["products:write", "admin"],
  staff: ["admin"],
  admin: [],
};

/** All that an account of that role may permit a client to do. */
export function scopesOf(role: Role): Scope[] {
  return SCOPES.filter((scope) => !WITHHELD[role].includes(scope));
}

/** The scopes that the principal holds: those of its credential, as far as one of its roles may have them. */
export function heldScopes(principal: Principal): Scope[] {
  if (principal.kind === "anonymous") return [];
  return ROLES.filter((role) => principal.roles.includes(role))
    .flatMap(scopesOf)
    .filter((scope, index, all) => principal.scopes.includes(scope) && all.indexOf(scope) === index);
}

/** The id of an issuer's account. No issuer has a space in it, so two different pairs never give the same id. */
export function accountId(issuer: string, subject: string): string {
  return `${issuer} ${subject}`;
}

/** A stable name for the principal, for what is bound to it (cursors, snapshots, private validators). */
export function principalKey(principal: Principal): string {
  return principal.kind === "anonymous" ? "anonymous" : `${principal.kind}:${principal.id}`;
}
