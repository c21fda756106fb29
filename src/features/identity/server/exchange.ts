/**
 * The state of one request to the authorization server. The library's callbacks exist once per isolate and get it from
 * the asynchronous context, so no callback sees another request's state.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { StoredAccount } from "./party-queries.ts";
import type { ResolvedRefreshToken } from "./refresh.ts";
import type { AuthorizationRefusal } from "./refusals.ts";
import type { StoredArtifact } from "./store.ts";

export interface Exchange {
  readonly context: RequestContext;
  /** The library's handler for this request's issuer and keys. */
  readonly handle: NodeHandler;
  /** The artifact that the client's refresh token resolves to, if it sent one. */
  refresh: ResolvedRefreshToken | undefined;
  /** The hash of the browser's cookie, at the authorization endpoint. */
  browser: string | undefined;
  /** The interaction that the browser returns from, if any. */
  resumed: { readonly uid: string; readonly artifact: StoredArtifact } | undefined;
  /** The refresh token to use up when its successor is stored. */
  consuming: string | undefined;
  /** Set if another request used the refresh token first. */
  isOvertaken: boolean;
  /** Hashes of the proofs of possession in this request. */
  readonly proofs: Set<string>;
  /** The account that a client acts as with `client_credentials`. */
  actingAccount: StoredAccount | undefined;
  /**
   * The account's credential version, as it was read with the first artifact of this exchange. Issued tokens carry it.
   * A revocation that commits after the read revokes them. One that committed before has removed the artifact, or the
   * version that was read includes it.
   */
  accountVersion: number | undefined;
  /** The OAuth error that could not be redirected to the client. */
  refusal: AuthorizationRefusal | undefined;
  /** An unexpected error. */
  fault: unknown;
}

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const exchanges = new AsyncLocalStorage<Exchange>();

export function beginExchange(context: RequestContext, handle: NodeHandler): Exchange {
  return {
    context,
    handle,
    refresh: undefined,
    browser: undefined,
    resumed: undefined,
    consuming: undefined,
    isOvertaken: false,
    proofs: new Set(),
    actingAccount: undefined,
    accountVersion: undefined,
    refusal: undefined,
    fault: undefined,
  };
}

export function withinExchange<T>(exchange: Exchange, work: () => T): T {
  return exchanges.run(exchange, work);
}

export function currentExchange(): Exchange {
  const exchange = exchanges.getStore();
  if (exchange === undefined) throw new Error("The authorization server works only within a request.");
  return exchange;
}
