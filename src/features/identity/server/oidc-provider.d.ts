/** Types for the parts of oidc-provider 9.13.3 that the service uses. The package has no types. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  /** The value that the library gives the adapter to store. */
  export type Payload = Readonly<Record<string, unknown>>;

  export interface Adapter {
    upsert(id: string, payload: Payload, expiresIn: number): Promise<void>;
    find(id: string): Promise<Payload | undefined>;
    findByUid(uid: string): Promise<Payload | undefined>;
    findByUserCode(userCode: string): Promise<Payload | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  /** Non-standard metadata keep their names. */
  export interface Client {
    readonly clientId: string;
    readonly clientAuthMethod: "none" | "client_secret_basic";
    readonly account_id?: string | null;
    readonly allowed_scopes?: readonly string[];
    readonly secret_hash?: string | null;
    readonly previous_secret_hash?: string | null;
    readonly previous_secret_expires_at?: number | null;
    readonly credential_version?: number;
    grantTypeAllowed(grant: string): boolean;
    compareClientSecret(secret: string): Promise<boolean> | boolean;
  }

  export interface Account {
    readonly accountId: string;
    claims(use: string, scope: string): Promise<Record<string, unknown>>;
  }

  /** A code, a refresh token or an access token, reduced to who signed in and how. */
  export interface Token {
    readonly kind: string;
    readonly accountId?: string;
    readonly clientId: string;
    readonly grantId?: string;
    readonly authTime?: number;
    readonly amr?: readonly string[];
    readonly scopes: ReadonlySet<string>;
  }

  /** What a person permitted a client. */
  export interface GrantEntity {
    /** The granted scopes of the protocol itself among `scopes`, separated by spaces. */
    getOIDCScopeFiltered(scopes: ReadonlySet<string>): string;
  }

  export interface OidcContext {
    readonly route: string;
    readonly provider: Provider;
    readonly params?: Readonly<Record<string, string | readonly string[] | undefined>>;
    readonly client?: Client;
    readonly account?: Account;
    readonly session?: { readonly accountId?: string };
    readonly result?: { readonly consent?: { readonly grantId?: string } };
    readonly entities: {
      readonly Grant?: GrantEntity;
      readonly AuthorizationCode?: Token;
      readonly DeviceCode?: Token;
      readonly RefreshToken?: Token;
    };
  }

  /** Koa's context. `oidc` is set once a route matches. */
  export interface Context {
    status: number;
    body: unknown;
    readonly oidc?: OidcContext;
  }

  export interface JwtParts {
    readonly payload: Record<string, unknown>;
  }

  export interface ErrorBody {
    readonly error: string;
    readonly error_description?: string;
  }

  export type Configuration = Readonly<Record<string, unknown>>;

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    /** Whether `X-Forwarded-*` is trusted. */
    proxy: boolean;
    readonly Client: { readonly prototype: Client };
    readonly Grant: { find(id: string): Promise<unknown> };
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): this;
    on(event: string, listener: (context: Context, error: Error & { readonly error?: string }) => void): this;
  }

  export const errors: {
    readonly InvalidDpopProof: new (description: string) => Error;
    readonly AccessDenied: new (description: string) => Error;
    readonly InvalidGrant: new (detail: string) => Error;
    readonly InvalidRequestUri: new (description: string) => Error;
    readonly InvalidScope: new (description: string, scope: string) => Error;
    readonly InvalidTarget: new (description?: string) => Error;
    readonly UnauthorizedClient: new (description: string) => Error;
  };

  export const interactionPolicy: {
    base(): { get(name: "login" | "consent"): { readonly checks: { add(check: unknown): void } } };
    readonly Check: new (
      reason: string,
      description: string,
      check: (context: Context & { readonly oidc: OidcContext }) => boolean,
    ) => unknown;
  };
}
