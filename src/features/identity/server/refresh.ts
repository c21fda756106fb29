/**
 * Resolves a presented refresh token. For 30 seconds after its use, a token resolves to its successor, because the
 * response may have been lost, or a second tab was slower. So a race does not end a client's access, and a family never
 * has two live tokens. A later use counts as theft.
 */
import type { Database } from "#core/data/database.ts";
import { hashSecret } from "../api-keys/secret.ts";
import { GRACE_MS } from "./lifetimes.ts";
import { openSuccessor } from "./sealing.ts";
import { findArtifact, type StoredArtifact } from "./store.ts";

export interface ResolvedRefreshToken {
  /** The token to continue with: the presented one, or the latest token of its family. */
  readonly token: string;
  /** Its state when the request arrived. Undefined if there is none. */
  readonly artifact: StoredArtifact | undefined;
  /** Whether the use replaces it with a new token. */
  readonly rotates: boolean;
}

/** The number of rotations to follow within the grace period. A correct client needs one. */
const MAX_HOPS = 32;

/** `now` is epoch ms. */
export async function resolveRefreshToken(
  database: Database,
  presented: string,
  now: number,
): Promise<ResolvedRefreshToken> {
  const artifact = await refreshTokenOf(database, presented);
  const end = artifact?.consumedAt == null ? undefined : await livingEnd(database, presented, artifact, now);
  return end ?? { token: presented, artifact, rotates: true };
}

async function livingEnd(
  database: Database,
  presented: string,
  used: StoredArtifact,
  now: number,
): Promise<ResolvedRefreshToken | undefined> {
  let token = presented;
  let artifact = used;
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    if (artifact.consumedAt === null) return { token, artifact, rotates: false };
    if (artifact.successor === null || now - artifact.consumedAt >= GRACE_MS) return undefined;
    token = await openSuccessor(token, artifact.successor);
    const next = await refreshTokenOf(database, token);
    if (next === undefined) return undefined;
    artifact = next;
  }
  return undefined;
}

async function refreshTokenOf(database: Database, token: string): Promise<StoredArtifact | undefined> {
  return findArtifact(database, "RefreshToken", await hashSecret(token));
}
