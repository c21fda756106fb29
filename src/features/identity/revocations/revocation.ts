/**
 * Access tokens that end before they expire: what is said about them, and which of them it is about. Pure. An account's
 * or a client's tokens are judged by the credential version that they carry, never by a time: clocks of different
 * isolates are not compared.
 */
import type { RevocableClaims } from "#core/contract/principal.ts";
import { CLOCK_TOLERANCE_SECONDS } from "../claims.ts";
import { ACCESS_TOKEN_SECONDS } from "../own-issuer.ts";

export type RevocationKind = "token" | "grant" | "account" | "client";

/** An entry as it is written. The database adds the version that it reaches up to. */
export interface Revocation {
  readonly kind: RevocationKind;
  /** The `jti`, the grant's id, the account's id, or the `client_id`. */
  readonly id: string;
  /** Epoch ms. For the release before this one, which compares times; this one does not read it. */
  readonly issuedBefore: number;
  /** Epoch ms from which on no token is left that the entry could be about. */
  readonly expiresAt: number;
}

/** An entry as the list keeps it. */
export interface KnownRevocation extends Pick<Revocation, "kind" | "id" | "expiresAt"> {
  /** Tokens of an account or a client with a lower version end; tokens of one grant, or one token, end in any case. */
  readonly belowVersion: number;
}

/**
 * Beyond a token's life: the request that revokes may be slow, and so may one that issues at the same moment, and their
 * isolates' clocks may differ.
 */
const MARGIN_MS = 600_000;

/** Ends what has been issued to `id` when the entry is committed. `now` is the request's time, epoch ms. */
export function revocationOf(kind: RevocationKind, id: string, now: number): Revocation {
  return {
    kind,
    id,
    issuedBefore: now + 1,
    expiresAt: now + (ACCESS_TOKEN_SECONDS + CLOCK_TOLERANCE_SECONDS) * 1000 + MARGIN_MS,
  };
}

/** Whether the entry is about one token, or one grant's, whatever version they carry. */
export function isUnversioned({ kind }: Pick<Revocation, "kind">): boolean {
  return kind === "token" || kind === "grant";
}

/** The known revocations, by what they are about. */
export class RevocationList {
  readonly #byKey = new Map<string, KnownRevocation>();

  /** Of two entries about the same subject, the one that reaches further counts. */
  add(entry: KnownRevocation): void {
    const key = keyOf(entry.kind, entry.id);
    const known = this.#byKey.get(key);
    this.#byKey.set(key, known === undefined ? entry : furthest(known, entry));
  }

  /** Whether one of the entries is about the token. */
  covers({ jti, account, accountVersion, client_id: client, clientVersion, grant }: RevocableClaims): boolean {
    return (
      this.#byKey.has(keyOf("token", jti)) ||
      (grant !== undefined && this.#byKey.has(keyOf("grant", grant))) ||
      accountVersion < this.#belowVersion("account", account) ||
      clientVersion < this.#belowVersion("client", client)
    );
  }

  /** Forgets the entries that can be about no token any more. `now` is epoch ms. */
  dropExpired(now: number): void {
    for (const [key, { expiresAt }] of this.#byKey) {
      if (expiresAt <= now) this.#byKey.delete(key);
    }
  }

  get size(): number {
    return this.#byKey.size;
  }

  #belowVersion(kind: RevocationKind, id: string): number {
    return this.#byKey.get(keyOf(kind, id))?.belowVersion ?? 0;
  }
}

function furthest(a: KnownRevocation, b: KnownRevocation): KnownRevocation {
  return {
    ...a,
    belowVersion: Math.max(a.belowVersion, b.belowVersion),
    expiresAt: Math.max(a.expiresAt, b.expiresAt),
  };
}

/** No kind contains a space. */
function keyOf(kind: RevocationKind, id: string): string {
  return `${kind} ${id}`;
}
