/** A request context for tests: real storage, with a clock, mail and hosts that the test controls. */
import { env } from "cloudflare:workers";
import type { Fetch, RequestContext } from "#core/contract/dependencies.ts";
import type { Settings } from "#core/contract/settings.ts";
import { openDatabase } from "#core/data/database.ts";
import { meterUsage } from "#core/data/usage.ts";
import { readSettings } from "../../src/config.ts";
import { scopes } from "./modules.ts";

export interface TestContext extends RequestContext {
  now: number;
  address: string;
  origin: string;
  settings: Settings;
  fetch: Fetch;
  /** Waits for deferred work, and rejects if it failed. */
  settle(): Promise<void>;
  /** The cookies of the browser, by name. */
  readonly cookies: Map<string, string>;
  cookie(name: string): string | undefined;
  /** Stores a `Set-Cookie` as a browser does. */
  take(setCookie: string | undefined): void;
}

export function createTestContext(changes: Partial<TestContext> = {}): TestContext {
  const deferred: Promise<unknown>[] = [];
  const cookies = new Map<string, string>();
  return {
    now: Date.UTC(2026, 0, 31, 12),
    settings: readSettings(env),
    scopes,
    origin: "https://api.example.test",
    address: "192.0.2.1",
    location: undefined,
    database: openDatabase(env.DB),
    objects: env,
    fetch: async () => new Response(null, { status: 500 }),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    defer: (work) => void deferred.push(work),
    log: {},
    meter: meterUsage(() => 0),
    async settle() {
      await Promise.all(deferred.splice(0));
    },
    cookies,
    cookie: (name) => cookies.get(name),
    take(setCookie) {
      const [, name, value, attributes] = /^([^=]+)=([^;]*)(.*)$/.exec(setCookie ?? "") ?? [];
      if (name === undefined || value === undefined) return;
      if (attributes?.includes("Max-Age=0")) cookies.delete(name);
      else cookies.set(name, value);
    },
    ...changes,
  };
}
