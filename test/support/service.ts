/**
 * The service under test: the real app on the real database, with the test's clock, randomness and principal. Every
 * response is validated against the OpenAPI document.
 */

import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { AbilityRules } from "#core/contract/ability.ts";
import type { Dependencies } from "#core/contract/dependencies.ts";
import type { Principal } from "#core/contract/principal.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { scopesOf } from "#core/contract/scopes.ts";
import type { Limiter } from "#features/limits/limiter.ts";
import { createApp } from "../../src/app.ts";
import { readSettings } from "../../src/config.ts";
import { type DocumentCheck, expectDocumented, templatePattern } from "./documented.ts";
import { admitAll } from "./limiters.ts";
import { abilities, endpoints, protocolEndpoints, scopes } from "./modules.ts";
import { withSessions } from "./sessions.ts";
import { authenticateWithoutIssuers } from "./without-issuers.ts";

export const ORIGIN = "https://api.example.test";
export const START = Date.UTC(2026, 0, 31, 12);

type KnownPrincipal = Exclude<Principal, { kind: "anonymous" }>;

const COMMENTS = ["comments:read", "comments:write"];

/** With the scopes that only staff and admins may have. */
export const staff: KnownPrincipal = {
  kind: "user",
  id: "user_01hzz0000000000000000000aa",
  roles: ["staff"],
  scopes: [...COMMENTS, ...scopesOf(scopes, "staff").filter((name) => !scopesOf(scopes, "customer").includes(name))],
  credential: "token",
};
export const customer: KnownPrincipal = {
  kind: "user",
  id: "user_01hzz0000000000000000000bb",
  roles: ["customer"],
  scopes: COMMENTS,
  credential: "token",
};

export interface ServiceOptions {
  /** The principal of all requests. Without it, the real authenticator decides, without trusted issuers. */
  readonly as?: Principal;
  readonly bindings?: Partial<Env>;
  readonly dependencies?: Partial<Dependencies>;
  /** Services of one location share its cache. By default each service has its own location. */
  readonly location?: string;
  /** By default no limit is ever reached. The function receives the service's clock. */
  readonly limiter?: (now: () => number) => Limiter;
  readonly extraEndpoints?: typeof endpoints;
  readonly protocols?: readonly ProtocolEndpoint[];
  /** Validates responses of the extra endpoints against their own document. */
  readonly checkExtra?: DocumentCheck;
  /** The access rules of the extra endpoints. */
  readonly extraAbilities?: readonly AbilityRules[];
}

export interface Service {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Moves the clock, in milliseconds. */
  advance(milliseconds: number): void;
  now(): number;
  readonly logs: string[];
}

export function startService(options: ServiceOptions = {}): Service {
  let now = START;
  const logs: string[] = [];
  const place = options.location ?? crypto.randomUUID();
  const dependencies: Dependencies = {
    now: () => now,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    writeLog: (line) => logs.push(line),
    readSettings,
    fetch: async () => new Response(null, { status: 500 }),
    openCache: () => caches.open(place),
    authenticate: async (request, context) => options.as ?? authenticateWithoutIssuers(request, context),
    ...options.dependencies,
  };
  const extra = options.extraEndpoints ?? [];
  const limiter = (options.limiter ?? admitAll)(() => now);
  const app = createApp(
    {
      endpoints: [...endpoints, ...extra],
      protocolEndpoints: options.protocols ?? protocolEndpoints,
      abilities: [...abilities, ...(options.extraAbilities ?? [])],
      scopes,
    },
    dependencies,
    limiter,
  );
  const isExtra = (path: string) => extra.some(({ contract }) => templatePattern(contract.path).test(path));
  const { DB = env.DB, ...others } = options.bindings ?? {};
  const bindings = { ...env, ...others, DB: DB === env.DB ? DB : withSessions(DB) };
  return {
    async fetch(path, init) {
      const request = new Request(new URL(path, ORIGIN), init);
      const method = request.method;
      const deferred: Promise<unknown>[] = [];
      const response = await app.fetch(request, bindings, contextOf(deferred));
      await Promise.all(deferred);
      const url = new URL(request.url);
      const checked = options.checkExtra?.(method, url, response);
      // Most extra endpoints are in no document. Only their problems are validated.
      if (checked !== undefined) await checked;
      else if (response.status >= 400 || !isExtra(url.pathname)) await expectDocumented(method, url, response);
      return response;
    },
    advance(milliseconds) {
      now += milliseconds;
    },
    now: () => now,
    logs,
  };
}

/** An execution context whose deferred work the test awaits. */
function contextOf(deferred: Promise<unknown>[]): ExecutionContext {
  return {
    ...createExecutionContext(),
    waitUntil: (work) => void deferred.push(work),
    passThroughOnException: () => undefined,
  };
}
