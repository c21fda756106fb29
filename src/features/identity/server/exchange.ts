/**
 * One request to the authorization server, as the library's callbacks know it: they are made once an isolate, so the
 * request that they work for comes with the asynchronous context. Not one of them knows another request's.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Surroundings } from "#core/contract/doors.ts";
import type { ResolvedRefreshToken } from "./refresh.ts";
import type { AuthorizationRefusal } from "./refusals.ts";
import type { StoredAccount, StoredArtifact } from "./store.ts";

export interface Exchange {
  readonly surroundings: Surroundings;
  /** The library, made for this request's issuer and keys. */
  readonly handle: NodeHandler;
  /** What the client's refresh token stands for, where it sent one. */
  refresh: ResolvedRefreshToken | undefined;
  /** The hash of the cookie of the browser that asks for authorization, where one does. */
  browser: string | undefined;
  /** The interaction that the browser comes back from, where it does. */
  resumed: { readonly uid: string; readonly artifact: StoredArtifact } | undefined;
  /** The refresh token that is to be used up when its successor is stored. */
  consuming: string | undefined;
  /** Another request was first to use the refresh token. */
  isOvertaken: boolean;
  /** Hashes of the proofs of possession that came with this very request. */
  readonly proofs: Set<string>;
  /** The account that a client acts as by itself. */
  actingAccount: StoredAccount | undefined;
  /**
   * The account's credential version, as it was read with the first artifact that this exchange rests on. What is issued
   * carries it: a revocation that commits after that read ends it, and one that committed before left no artifact.
   */
  accountVersion: number | undefined;
  /** What OAuth calls the failure that could not be sent back to the client. */
  refusal: AuthorizationRefusal | undefined;
  /** What nobody foresaw. */
  fault: unknown;
}

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const exchanges = new AsyncLocalStorage<Exchange>();

export function beginExchange(surroundings: Surroundings, handle: NodeHandler): Exchange {
  return {
    surroundings,
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
