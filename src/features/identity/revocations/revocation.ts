/**
 * Revocations of access tokens before they expire, and which tokens each covers. Tokens of an account or a client are
 * compared by their credential version, never by time, because the clocks of isolates differ. Pure.
 */
import type { RevocableClaims } from "#core/contract/principal.ts";
import { CLOCK_TOLERANCE_SECONDS } from "../claims.ts";
import { ACCESS_TOKEN_SECONDS } from "../own-issuer.ts";

export type RevocationKind = "token" | "grant" | "account" | "client";

/** An entry to write. The database adds the version that it covers. */
export interface Revocation {
  readonly kind: RevocationKind;
  /** The `jti`, the grant's id, the account's id, or the `client_id`. */
  readonly id: string;
  /** Epoch ms. Only the previous release compares times; this one ignores it. */
  readonly issuedBefore: number;
  /** Epoch ms after which every token that the entry covers has expired. */
  readonly expiresAt: number;
}

/** An entry in the list. */
export interface KnownRevocation extends Pick<Revocation, "kind" | "id" | "expiresAt"> {
  /**
   * Revokes tokens of an account or a client that have a lower version. A token or grant entry revokes regardless of
   * version.
   */
  readonly belowVersion: number;
}

/**
 * Added to a token's lifetime: the revoking request and a concurrent issuing one may be slow, and their isolates'
 * clocks may differ.
 */
const MARGIN_MS = 600_000;

/** Revokes everything that was issued to `id` before the entry is committed. `now` is the request's time, epoch ms. */
export function revocationOf(kind: RevocationKind, id: string, now: number): Revocation {
  return {
    kind,
    id,
    issuedBefore: now + 1,
    expiresAt: now + (ACCESS_TOKEN_SECONDS + CLOCK_TOLERANCE_SECONDS) * 1000 + MARGIN_MS,
  };
}

/** Whether the entry covers one token or one grant, regardless of version. */
export function isUnversioned({ kind }: Pick<Revocation, "kind">): boolean {
  return kind === "token" || kind === "grant";
}

/** The known revocations, indexed by subject. */
export class RevocationList {
  readonly #byKey = new Map<string, KnownRevocation>();

  /** Of two entries about one subject, the one with the wider coverage counts. */
  add(entry: KnownRevocation): void {
    const key = keyOf(entry.kind, entry.id);
    const known = this.#byKey.get(key);
    this.#byKey.set(key, known === undefined ? entry : furthest(known, entry));
  }

  /** Whether an entry covers the token. */
  covers({ jti, account, accountVersion, client_id: client, clientVersion, grant }: RevocableClaims): boolean {
    return (
      this.#byKey.has(keyOf("token", jti)) ||
      (grant !== undefined && this.#byKey.has(keyOf("grant", grant))) ||
      accountVersion < this.#belowVersion("account", account) ||
      clientVersion < this.#belowVersion("client", client)
    );
  }

  /** Drops the entries that no longer cover any valid token. `now` is epoch ms. */
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
