/**
 * The storage of oidc-provider: one table, from which a reader cannot use any artifact. Under concurrency a code is
 * redeemed once, a refresh token replaced once, and a pushed request or proof used once. Sessions are not stored:
 * sign-ins hold the login state, and each interaction is stored with the browser that started it. The library uses the
 * platform's clock; artifacts that outlive a request expire by the request's clock.
 */
import { type Adapter, errors, type Payload } from "oidc-provider";
import { hashSecret } from "../api-keys/secret.ts";
import { clientAdapter } from "./clients.ts";
import { currentExchange } from "./exchange.ts";
import { resumeUrl } from "./paths.ts";
import { SEALING_RANDOM_BYTES, sealSuccessor } from "./sealing.ts";
import {
  type Artifact,
  consumeArtifact,
  destroyArtifact,
  findArtifact,
  revokeGrant,
  rotateRefreshToken,
  type StoredArtifact,
  saveArtifact,
  saveOnce,
  saveUnderGrant,
} from "./store.ts";

/**
 * Between this request's read and its write, another request used the refresh token or revoked something of the
 * account.
 */
export class Overtaken extends Error {}

/** Models that a client may still ask about after they expire. */
const REMEMBERED_BEYOND = ["DeviceCode", "PushedAuthorizationRequest"];
/** A second use of these indicates a stolen code. */
const REDEEMED = ["AuthorizationCode", "DeviceCode"];
const SPENDABLE = [...REDEEMED, "RefreshToken"];
/** Issued under a grant, and valid only while the grant lasts. */
const ISSUED = ["AuthorizationCode", "RefreshToken"];
/** Models without storage: access tokens carry their own state, and there are no sessions. */
const FORGOTTEN = ["AccessToken", "ClientCredentials", "InitialAccessToken", "RegistrationAccessToken", "Session"];

/** The adapter for one of the library's models, by its name. */
export function adapterOf(model: string): Adapter {
  if (model === "Client") return { ...nothing(), ...clientAdapter };
  if (FORGOTTEN.includes(model))
    return { ...nothing(), revokeByGrantId: model === "AccessToken" ? revokeFamily : ignore };
  return {
    ...nothing(),
    upsert: (id, payload, expiresIn) => upsert(model, id, payload, expiresIn),
    find: (id) => find(model, id),
    consume: (id) => consume(model, id),
    destroy: async (id) => destroyArtifact(currentExchange().context.database, model, await hashSecret(id)),
  };
}

async function ignore(): Promise<void> {}

async function findNothing(): Promise<undefined> {}

function nothing(): Adapter {
  return {
    upsert: ignore,
    find: findNothing,
    findByUid: findNothing,
    findByUserCode: findNothing,
    consume: ignore,
    destroy: ignore,
    revokeByGrantId: ignore,
  };
}

/** The library calls it for each model; one statement revokes them all. */
async function revokeFamily(grantId: string): Promise<void> {
  const { database, now } = currentExchange().context;
  await revokeGrant(database, grantId, now);
}

async function upsert(model: string, id: string, payload: Payload, expiresIn: number): Promise<void> {
  const exchange = currentExchange();
  const { database, now } = exchange.context;
  const given = model === "Interaction" ? { ...payload, browser: exchange.browser } : payload;
  const artifact = await artifactOf(model, id, given, now + expiresIn * 1000);
  if (model === "RefreshToken" && exchange.consuming !== undefined) {
    await replace(exchange.consuming, id, artifact);
  } else if (model === "ReplayDetection") {
    // A retry within the service presents the same proof again.
    const isNew = (await saveOnce(database, artifact)) || exchange.proofs.has(artifact.idHash);
    exchange.proofs.add(artifact.idHash);
    if (!isNew) throw new errors.InvalidDpopProof("the proof was already used");
  } else if (ISSUED.includes(model)) {
    if (await saveUnderGrant(database, artifact, artifact.grantId ?? "")) return;
    // The library refuses a code and a refresh token without a grant in the same way.
    throw model === "RefreshToken"
      ? new errors.InvalidGrant("the grant has been revoked")
      : new errors.AccessDenied("the consent has been withdrawn");
  } else {
    await saveArtifact(database, artifact);
  }
}

/** Both tokens change in one batch. After a crash either the old token is valid, or it leads to the new one. */
async function replace(token: string, successor: string, artifact: Artifact): Promise<void> {
  const exchange = currentExchange();
  const { database, now, randomBytes } = exchange.context;
  exchange.consuming = undefined;
  const sealedSuccessor = await sealSuccessor(token, successor, randomBytes(SEALING_RANDOM_BYTES));
  const accountVersion = exchange.accountVersion ?? 0;
  const rotation = { idHash: await hashSecret(token), sealedSuccessor, successor: artifact, accountVersion, now };
  if (!(await rotateRefreshToken(database, rotation)))
    throw new Overtaken("another request used the refresh token first");
}

async function find(model: string, id: string): Promise<Payload | undefined> {
  const exchange = currentExchange();
  const { refresh, resumed, context } = exchange;
  // Storing a proof decides whether it is new.
  if (model === "ReplayDetection") return undefined;
  // Judged as of the request's arrival. Concurrent requests affect which one rotates the token, not whether it counts
  // as stolen.
  const known =
    model === "RefreshToken" && refresh?.token === id
      ? refresh
      : model === "Interaction" && resumed?.uid === id
        ? resumed
        : undefined;
  const { artifact } = known ?? { artifact: await findArtifact(context.database, model, await hashSecret(id)) };
  if (artifact === undefined) return undefined;
  // The first read counts: a later version may include a revocation that the first artifact predates.
  exchange.accountVersion ??= artifact.accountVersion ?? undefined;
  const { exp, browser: _browser, decidedBy: _decidedBy, ...payload } = artifact.payload;
  // A used artifact is found for as long as it is stored, so a late second use is detected as theft.
  const isSpent = artifact.consumedAt !== null && SPENDABLE.includes(model);
  const hasExpired = !isSpent && artifact.expiresAt <= context.now;
  if (hasExpired && !REMEMBERED_BEYOND.includes(model)) return undefined;
  return {
    ...payload,
    jti: id,
    ...(isSpent ? {} : { exp: hasExpired ? 1 : exp }),
    ...(artifact.consumedAt === null ? {} : { consumed: Math.floor(artifact.consumedAt / 1000) }),
    ...(model === "Interaction" ? { returnTo: resumeUrl(context.origin, id) } : {}),
  };
}

/** @throws if it was used before */
async function consume(model: string, id: string): Promise<void> {
  const exchange = currentExchange();
  const { database, now } = exchange.context;
  if (model === "RefreshToken") {
    exchange.consuming = id;
    return;
  }
  const idHash = await hashSecret(id);
  if (await consumeArtifact(database, model, idHash, now)) return;
  if (!REDEEMED.includes(model)) throw new errors.InvalidRequestUri("the request_uri was already used");
  await revokeGrantOf(await findArtifact(database, model, idHash));
  throw new errors.InvalidGrant("a concurrent request redeemed the code first");
}

async function revokeGrantOf(artifact: StoredArtifact | undefined): Promise<void> {
  if (typeof artifact?.grantId === "string") await revokeFamily(artifact.grantId);
}

/** The artifact without its own value and everything that the value could be derived from. */
async function artifactOf(model: string, id: string, payload: Payload, expiresAt: number): Promise<Artifact> {
  const { jti: _jti, returnTo: _returnTo, session: _session, userCode, ...kept } = payload;
  const { params, lastSubmission } = payload as { params?: Payload; lastSubmission?: { login?: Payload } }; // an interaction's
  return {
    model,
    idHash: await hashSecret(id),
    payload: kept,
    grantId: textOf(payload["grantId"]),
    userCode: typeof userCode === "string" ? await hashSecret(userCode) : null,
    accountId: textOf(payload["accountId"] ?? lastSubmission?.login?.["accountId"]),
    clientId: textOf(payload["clientId"] ?? params?.["client_id"]),
    expiresAt,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
