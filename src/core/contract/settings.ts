/** The configuration: parsed, typed and complete. Only `config.ts` creates it. */
export interface Settings {
  readonly environment: "production" | "local";
  /**
   * The service's origin without a trailing slash. If undefined, absolute URLs use the origin of each request, and
   * production sends no mail with links.
   */
  readonly publicOrigin: string | undefined;
  readonly corsOrigins: ReadonlySet<string>;
  /** A secret of at least 32 characters. Each purpose derives its own key from it. */
  readonly secret: string;
  readonly version: string;
  /** The issuers whose access tokens are accepted, each `issuer` once. Empty: only this service's own tokens. */
  readonly trustedIssuers: readonly TrustedIssuer[];
  /** Whether anyone may sign up for an account. */
  readonly signUp: "open" | "closed";
  /** Whether clients may register themselves (RFC 7591). */
  readonly clientRegistration: "open" | "closed";
  /** Whether a DPoP proof must contain a nonce that this service issued (RFC 9449 section 8). */
  readonly dpopNonces: "required" | "optional";
  /** Whether responses may come from the edge cache. */
  readonly edge: "on" | "off";
  readonly orders: OrderSettings;
  /** The credentials of the demo service client, as `id:secret`. Undefined in a deployment. */
  readonly demoClient: string | undefined;
  /** The contact for security reports, as a URL. Undefined if none is configured. */
  readonly securityContact: string | undefined;
  /** If undefined, no mail leaves the service. Locally the mailbox page shows it; production does not send it. */
  readonly mail: MailSettings | undefined;
  /** If undefined, callers cannot solve a challenge, so attempts that require one are refused. */
  readonly turnstile: TurnstileSettings | undefined;
}

/** How long an order may stay unpaid, and how many units unpaid orders may hold. */
export interface OrderSettings {
  readonly expiryMinutes: number;
  readonly maxUnpaidUnitsPerAccount: number;
  readonly maxUnpaidUnitsPerProduct: number;
}

/** An HTTP service that sends mail posted to it as JSON, such as Resend's `POST /emails`. */
export interface MailSettings {
  readonly url: string;
  readonly token: string;
  readonly from: string;
}

export interface TurnstileSettings {
  readonly siteKey: string;
  readonly secret: string;
  /** The URL that verifies solved challenges. */
  readonly url: string;
}

/** The accepted signature algorithms. All are asymmetric, so a public key can never serve as a secret. */
export const SIGNATURE_ALGORITHMS = ["ES256", "ES384", "RS256", "PS256", "EdDSA"] as const;

export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** An external authorization server whose access tokens are accepted, and the format of its tokens. */
export interface TrustedIssuer {
  /** The exact `iss`. */
  readonly issuer: string;
  /** The names of this API at the issuer. A token's `aud` must contain one of them. */
  readonly audience: readonly string[];
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly keys: { readonly uri: string } | { readonly set: KeySet };
  /** The accepted values of the header's `typ`. */
  readonly types: readonly string[];
  /** The claim that contains the client id. */
  readonly clientClaim: string;
  /** The claims that a token must have in addition to `iss`, `aud`, `exp`, `sub` and the client claim. */
  readonly requiredClaims: readonly string[];
  readonly scopesClaim: "scope" | "scp" | "permissions";
  /** The claim that contains the roles. Undefined: accounts of this issuer have no roles. */
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
