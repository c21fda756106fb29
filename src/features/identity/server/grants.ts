/**
 * A Grant of oidc-provider: what an account permits a client by one consent. Everything issued under it ends with it.
 * Scopes that were requested but cannot be granted are recorded as rejected, so the person is not asked for them again.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import { toBase64url } from "#core/http/base64url.ts";
import { hashSecret } from "../api-keys/secret.ts";
import { areAt } from "../revocations/store.ts";
import { GRANT_SECONDS } from "./lifetimes.ts";
import { findAccount, findClient } from "./party-queries.ts";
import { clientScopes, type GrantedScopes, grantedScopes, namesIn, PROTOCOL_SCOPES } from "./scopes.ts";
import type { GrantToSave } from "./store.ts";

export interface NewGrant extends GrantToSave {
  readonly id: string;
  readonly scopes: GrantedScopes;
}

export interface Consent {
  readonly accountId: string;
  /** The credential version of the consenting account, as it was read with the sign-in. */
  readonly accountVersion: number;
  readonly clientId: string;
  readonly asked: string | undefined;
  /** The scopes that the person was shown. The grant has no others, even if the client may have more by now. */
  readonly shown: readonly string[];
}

/** Undefined if the account or the client no longer exists, or the account cannot give consent. */
export async function newGrant(
  context: Pick<RequestContext, "now" | "scopes" | "origin" | "database" | "randomBytes">,
  { accountId, accountVersion, clientId, asked, shown }: Consent,
): Promise<NewGrant | undefined> {
  const { now, origin, database, randomBytes } = context;
  const [account, client] = await Promise.all([findAccount(database, accountId), findClient(database, clientId)]);
  if (account?.kind !== "person" || client === undefined) return undefined;
  const id = toBase64url(randomBytes(32));
  const agreed = client.scopes.filter((scope) => shown.includes(scope));
  const scopes = grantedScopes(context.scopes, asked, agreed, account.role);
  const refused = {
    protocol: without(PROTOCOL_SCOPES, scopes.protocol, asked),
    api: without(clientScopes(context.scopes, client.scopes), scopes.api, asked),
  };
  return {
    id,
    scopes,
    holds: areAt({ id: accountId, version: accountVersion }, { id: clientId, version: client.credentialVersion }),
    artifact: {
      model: "Grant",
      idHash: await hashSecret(id),
      payload: {
        kind: "Grant",
        accountId,
        clientId,
        ...membersOf(scopes, origin),
        rejected: membersOf(refused, origin),
      },
      grantId: id,
      userCode: null,
      accountId,
      clientId,
      expiresAt: now + GRANT_SECONDS * 1000,
    },
  };
}

function membersOf({ protocol, api }: GrantedScopes, resource: string): Record<string, unknown> {
  return {
    ...(protocol.length === 0 ? {} : { openid: { scope: protocol.join(" ") } }),
    ...(api.length === 0 ? {} : { resources: { [resource]: api.join(" ") } }),
  };
}

function without(names: readonly string[], granted: readonly string[], asked: string | undefined): string[] {
  const wanted = namesIn(asked ?? null);
  return names.filter((name) => wanted.includes(name) && !granted.includes(name));
}
