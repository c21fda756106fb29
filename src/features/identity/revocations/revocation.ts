/**
 * Access tokens that end before they expire: what is said about them, and which of them it is about. Pure. A token is
 * judged by the millisecond in which it was asked for, so that who signs in anew right after is not shut out.
 */
import { CLOCK_TOLERANCE_SECONDS } from "../claims.ts";
import { ACCESS_TOKEN_SECONDS } from "../own-issuer.ts";

export type RevocationKind = "token" | "grant" | "account" | "client";

export interface Revocation {
  readonly kind: RevocationKind;
  /** The `jti`, the grant's id, the account's id, or the `client_id`. */
  readonly id: string;
  /** Epoch ms. Of an account or a client, tokens issued before end; of a token or a grant, all. */
  readonly issuedBefore: number;
  /** Epoch ms, when no token is left that it could be about. */
  readonly expiresAt: number;
}

/** What a token of ours can be revoked by. */
export interface RevocableClaims {
  readonly jti: string;
  /** Epoch ms. */
  readonly issuedAtMs: number;
  /** The account's id. */
  readonly account: string;
  readonly client_id: string;
  /** Absent where no grant stands behind the token, as for client credentials. */
  readonly grant?: string | undefined;
}

/** Beyond the last token's life: for a token whose making overlapped with the revocation. */
const MARGIN_MS = 60_000;

/** Ends, at `now` (epoch ms), what has been issued so far to `id`. */
export function revocationOf(kind: RevocationKind, id: string, now: number): Revocation {
  return {
    kind,
    id,
    issuedBefore: now + 1,
    expiresAt: now + (ACCESS_TOKEN_SECONDS + CLOCK_TOLERANCE_SECONDS) * 1000 + MARGIN_MS,
  };
}

/** Those that are known, by what they are about. */
export class RevocationList {
  readonly #byKey = new Map<string, Revocation>();

  /** Of two about the same, the one that reaches further counts. */
  add(entry: Revocation): void {
    const key = keyOf(entry.kind, entry.id);
    const known = this.#byKey.get(key);
    this.#byKey.set(key, known === undefined ? entry : furthest(known, entry));
  }

  /** Whether one of them is about the token. */
  covers({ jti, issuedAtMs, account, client_id: client, grant }: RevocableClaims): boolean {
    return (
      this.#byKey.has(keyOf("token", jti)) ||
      (grant !== undefined && this.#byKey.has(keyOf("grant", grant))) ||
      issuedAtMs < this.#issuedBefore("account", account) ||
      issuedAtMs < this.#issuedBefore("client", client)
    );
  }

  /** Forgets what can be about no token any more. `now` is epoch ms. */
  dropExpired(now: number): void {
    for (const [key, { expiresAt }] of this.#byKey) {
      if (expiresAt <= now) this.#byKey.delete(key);
    }
  }

  get size(): number {
    return this.#byKey.size;
  }

  #issuedBefore(kind: RevocationKind, id: string): number {
    return this.#byKey.get(keyOf(kind, id))?.issuedBefore ?? Number.NEGATIVE_INFINITY;
  }
}

function furthest(a: Revocation, b: Revocation): Revocation {
  return {
    ...a,
    issuedBefore: Math.max(a.issuedBefore, b.issuedBefore),
    expiresAt: Math.max(a.expiresAt, b.expiresAt),
  };
}

/** No kind has a space in it. */
function keyOf(kind: RevocationKind, id: string): string {
  return `${kind} ${id}`;
}
