/** Who acts: an account or an IP address, never a token. Two tokens of one account are the same principal. */
export type Principal =
  | { readonly kind: "anonymous"; readonly address: string }
  | {
      readonly kind: "user" | "service";
      /** The account's id, unique across issuers. For a trusted issuer it is the `accountId` of issuer and subject. */
      readonly id: string;
      readonly roles: readonly string[];
      readonly scopes: readonly string[];
      /** The kind of credential that the request used. */
      readonly credential: "token" | "api-key";
      /** The OAuth client that the token was issued to. */
      readonly clientId?: string;
      /** When the person last authenticated, in epoch milliseconds, if the issuer states it. */
      readonly authenticatedAt?: number;
      /** How the person authenticated, as RFC 8176 methods (`pwd`, `hwk`), if the issuer states it. */
      readonly methods?: readonly string[];
      /** The account's plan, which selects its limits. Default: "free". */
      readonly plan?: Plan;
      /** The claims of the access token, if this service issued it. */
      readonly token?: RevocableClaims;
      /** Whether the token is bound to a key of the client (DPoP). */
      readonly isBound?: boolean;
    };

/** The claims by which an access token of this service can be revoked. */
export interface RevocableClaims {
  readonly jti: string;
  /** The account's id. */
  readonly account: string;
  /** The account's credential version when the token was issued. 0: the token has none. */
  readonly accountVersion: number;
  readonly client_id: string;
  /** The client's credential version when the token was issued. 0: the token has none. */
  readonly clientVersion: number;
  /** Absent for client credentials, which have no grant. */
  readonly grant?: string | undefined;
}

/** The roles of an account. Other roles in a token are ignored. */
export const ROLES = ["customer", "staff", "admin"] as const;

/** The plans of an account. `features/limits/` defines their limits. */
export const PLAN_NAMES = ["free", "pro", "internal"] as const;

export type Plan = (typeof PLAN_NAMES)[number];

export type Role = (typeof ROLES)[number];

/** The id of an account of an issuer. An issuer contains no space, so different pairs never produce the same id. */
export function accountId(issuer: string, subject: string): string {
  return `${issuer} ${subject}`;
}

/** A stable key for the principal. Cursors, snapshots and private validators are bound to it. */
export function principalKey(principal: Principal): string {
  return principal.kind === "anonymous" ? "anonymous" : `${principal.kind}:${principal.id}`;
}
