/** The configuration as the rooms see it: parsed, typed and complete. Only `config.ts` makes it. */
export interface Settings {
  readonly environment: "production" | "local";
  /**
   * The service's own origin without a trailing slash. Undefined: absolute URLs have the origin of each request, and in
   * production no mail with a link is sent.
   */
  readonly publicOrigin: string | undefined;
  readonly corsOrigins: ReadonlySet<string>;
  /** At least 32 characters of secret, from which each purpose derives a key of its own. */
  readonly secret: string;
  readonly version: string;
  /** Whose access tokens are believed; empty: nobody's. No two have the same `issuer`. */
  readonly trustedIssuers: readonly TrustedIssuer[];
  /** Whether whoever comes may make an account. */
  readonly signUp: "open" | "closed";
  /** Whether clients may register themselves (RFC 7591). */
  readonly clientRegistration: "open" | "closed";
  /** Whether a DPoP proof must have a nonce of ours (RFC 9449 section 8). */
  readonly dpopNonces: "required" | "optional";
  /** Whether answers may come from the edge cache. */
  readonly edge: "on" | "off";
  readonly orders: OrderSettings;
  /** The credentials of a client of the demo data, as `id:secret`; undefined where there is none. */
  readonly demoClient: string | undefined;
  /** Who takes security reports, as a URL; undefined where it is not configured. */
  readonly securityContact: string | undefined;
  /** Undefined: mail goes nowhere, which locally means the mailbox page, and in production that none is sent. */
  readonly mail: MailSettings | undefined;
  /** Undefined: nobody can meet a challenge, so whoever has to is refused. */
  readonly turnstile: TurnstileSettings | undefined;
}

/** How long an order may stay unpaid, and how many units may be in unpaid orders. */
export interface OrderSettings {
  readonly expiryMinutes: number;
  readonly maxUnpaidUnitsPerAccount: number;
  readonly maxUnpaidUnitsPerProduct: number;
}

/** A service that sends what is posted to it as JSON, such as Resend's `POST /emails`. */
export interface MailSettings {
  readonly url: string;
  readonly token: string;
  readonly from: string;
}

export interface TurnstileSettings {
  readonly siteKey: string;
  readonly secret: string;
  /** Where answers are verified. */
  readonly url: string;
}

/** Signatures that an issuer may use: asymmetric ones alone, so that no public key can ever serve as a secret. */
export const SIGNATURE_ALGORITHMS = ["ES256", "ES384", "RS256", "PS256", "EdDSA"] as const;

export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** An authorization server whose access tokens are believed, and the shape that its tokens have. */
export interface TrustedIssuer {
  /** The exact `iss`. */
  readonly issuer: string;
  /** What this API is called there: a token's `aud` must have one of them. */
  readonly audience: readonly string[];
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly keys: { readonly uri: string } | { readonly set: KeySet };
  /** The header's `typ`, each spelling that is accepted. */
  readonly types: readonly string[];
  /** The claim that names the client. */
  readonly clientClaim: string;
  /** Claims that must be there beside `iss`, `aud`, `exp`, `sub` and the client's. */
  readonly requiredClaims: readonly string[];
  readonly scopesClaim: "scope" | "scp" | "permissions";
  /** Undefined: the issuer gives nobody a role. */
  readonly rolesClaim: string | undefined;
}

/** A JSON Web Key Set (RFC 7517 section 5) of public keys, each with its `kid`. */
export interface KeySet {
  readonly keys: readonly PublicKey[];
}

export interface PublicKey {
  readonly kty: "EC" | "RSA" | "OKP";
  readonly kid: string;
  readonly alg?: string | undefined;
  readonly use?: string | undefined;
  readonly key_ops?: readonly string[] | undefined;
  readonly crv?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly n?: string | undefined;
  readonly e?: string | undefined;
}
