/**
 * Checks that the sender of a bound token holds its key: the proof, its nonce, and that the proof is new. Fails closed.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { ownOrigins } from "../own-issuer.ts";
import { refuse } from "../refusal.ts";
import { isOurNonce } from "./nonces.ts";
import { PROOF_SECONDS, type Proof, verifyProof } from "./proof.ts";
import { requestTarget } from "./target.ts";

/** Added to the time in which a proof is accepted, because the clocks of isolates differ. */
const MARGIN_SECONDS = 60;
const RETRY_AFTER_SECONDS = 5;

export interface Possession {
  readonly proof: string;
  readonly token: string;
  /** The thumbprint of the key that the token is bound to. */
  readonly jkt: string;
}

/**
 * Consumes the proof, so this must be the last check of a request.
 *
 * @throws Refusal
 */
export async function provePossession(
  { proof, token, jkt }: Possession,
  request: Request,
  context: RequestContext,
): Promise<void> {
  const { now } = context;
  const targets = ownOrigins(context).map((origin) => requestTarget(origin, request.url));
  const proven = await verifyProof(proof, { method: request.method, targets, token, jkt, now });
  await checkNonce(proven, context);
  await useOnce(proven, jkt, context);
}

async function checkNonce({ nonce }: Proof, { settings, now }: RequestContext): Promise<void> {
  if (nonce === undefined && settings.dpopNonces === "optional") return;
  if (nonce === undefined || !(await isOurNonce(nonce, settings.secret, now))) throw refuse({ kind: "nonce" });
}

async function useOnce({ jti, iat }: Proof, jkt: string, { objects, now }: RequestContext): Promise<void> {
  const expiresAt = (Math.ceil(iat) + PROOF_SECONDS + MARGIN_SECONDS) * 1000;
  let isFirst: boolean;
  try {
    isFirst = await objects.PROOF_REPLAYS.getByName(jkt).use(jti, expiresAt, now);
  } catch (cause) {
    throw refuse({ kind: "no-replays", retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
  }
  if (!isFirst) throw refuse({ kind: "proof", name: "replayed" });
}
