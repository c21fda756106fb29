/**
 * Devices that a person connects by a code (RFC 8628). A signed-in person enters the code that the device shows, and
 * allows or denies access. The page, and its limit on guesses, are in `src/web/account/`.
 */
import { z } from "@hono/zod-openapi";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { upperAscii } from "#core/http/ascii.ts";
import { hashSecret } from "../api-keys/secret.ts";
import { newGrant } from "./grants.ts";
import { type Decider, namesOf, type SignIn } from "./interactions.ts";
import { findAccount, findClient } from "./party-queries.ts";
import { grantedScopes } from "./scopes.ts";
import { decide, findByUserCode, type StoredArtifact } from "./store.ts";

type DeviceContext = Pick<RequestContext, "now" | "scopes" | "origin" | "database" | "randomBytes" | "log">;

/** A device that waits for approval. */
export interface DeviceRequest {
  readonly client: { readonly id: string; readonly name: string };
  /** The scopes that it would get from this account. */
  readonly scopes: readonly string[];
  /** As the device displays it. */
  readonly userCode: string;
}

const storedSchema = z.looseObject({
  clientId: z.string(),
  params: z.looseObject({ scope: z.string().optional() }),
  accountId: z.string().optional(),
  error: z.string().optional(),
});

/** Undefined if no device waits for this code: unknown, expired, or already decided. */
export async function findDeviceRequest(
  context: DeviceContext,
  userCode: string,
  accountId: string,
): Promise<DeviceRequest | undefined> {
  const found = await find(context, userCode);
  if (found === undefined) return undefined;
  const { clientId, params } = found.stored;
  const { database } = context;
  const [client, account] = await Promise.all([findClient(database, clientId), findAccount(database, accountId)]);
  if (client === undefined || account === undefined) return undefined;
  context.log["client.id"] = client.clientId;
  const code = normalized(userCode);
  return {
    client: { id: client.clientId, name: client.name },
    scopes: namesOf(grantedScopes(context.scopes, params.scope, client.scopes, account.role)),
    userCode: `${code.slice(0, 4)}-${code.slice(4)}`,
  };
}

/** Connects the device to this account. False if it no longer waits. */
export async function approveDevice(
  context: DeviceContext,
  userCode: string,
  { accountId, accountVersion, shown, methods, authenticatedAt }: Omit<SignIn, "idHash"> & Decider,
): Promise<boolean> {
  const found = await find(context, userCode);
  if (found === undefined) return false;
  const { clientId, params } = found.stored;
  const grant = await newGrant(context, { accountId, accountVersion, clientId, asked: params.scope, shown });
  if (grant === undefined) return false;
  const payload = {
    ...found.artifact.payload,
    accountId,
    amr: [...methods],
    authTime: Math.floor(authenticatedAt / 1000),
    grantId: grant.id,
    scope: namesOf(grant.scopes).join(" "),
    resource: context.origin,
  };
  return decide(context.database, found.artifact, { payload, grant }, context.now);
}

/** Denies the device. False if it no longer waits. */
export async function denyDevice(context: DeviceContext, userCode: string): Promise<boolean> {
  const found = await find(context, userCode);
  if (found === undefined) return false;
  const payload = {
    ...found.artifact.payload,
    error: "access_denied",
    errorDescription: "the user denied the request",
  };
  return decide(context.database, found.artifact, { payload }, context.now);
}

interface Found {
  readonly artifact: StoredArtifact;
  readonly stored: z.output<typeof storedSchema>;
}

async function find({ database, now }: DeviceContext, userCode: string): Promise<Found | undefined> {
  const artifact = await findByUserCode(database, await hashSecret(normalized(userCode)));
  if (artifact === undefined || artifact.expiresAt <= now || artifact.consumedAt !== null) return undefined;
  const stored = storedSchema.parse(artifact.payload);
  return stored.accountId === undefined && stored.error === undefined ? { artifact, stored } : undefined;
}

/** People omit the hyphen and type in lower case. */
function normalized(userCode: string): string {
  return upperAscii(userCode).replaceAll(/[^A-Z0-9]/g, "");
}
