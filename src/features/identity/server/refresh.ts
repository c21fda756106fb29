/**
 * What a refresh token stands for when it is presented. One that is used up gives the token that took its place for 30
 * seconds more (the answer may have been lost, or a second tab was slower), so that nobody is logged out by a race and
 * no family ever has two live ends. After that, whoever presents it is taken for a thief.
 */
import type { Database } from "#core/data/database.ts";
import { hashSecret } from "../api-keys/secret.ts";
import { GRACE_MS } from "./lifetimes.ts";
import { openSuccessor } from "./sealing.ts";
import { findArtifact, type StoredArtifact } from "./store.ts";

export interface ResolvedRefreshToken {
  /** The token to go on with: the presented one, or the living end of its family. */
  readonly token: string;
  /** As it was when the request came. Undefined where there is none. */
  readonly artifact: StoredArtifact | undefined;
  /** Whether using it puts a new token in its place. */
  readonly rotates: boolean;
}

/** How many rotations within the grace are followed; an honest client makes one. */
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
