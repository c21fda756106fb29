/** One isolate of the service that knows callers of all kinds. Its database can be made to fail. */
import { env } from "cloudflare:workers";
import type { Principal } from "#core/contract/principal.ts";
import { silentDatabase } from "./broken-database.ts";
import { customer, type Service, type ServiceOptions, staff, startService } from "./service.ts";
import { authenticateWithoutIssuers } from "./without-issuers.ts";

export const AS_STAFF = { Authorization: "Bearer staff" };
export const AS_CUSTOMER = { Authorization: "Bearer customer" };

const KNOWN: Readonly<Record<string, Principal>> = { "Bearer staff": staff, "Bearer customer": customer };

export interface Isolate extends Service {
  /** The fields of the last request's log line. */
  lastLog(): Readonly<Record<string, unknown>>;
  /** Makes every further call of the database fail, or remain without a response; false ends the failure. */
  failDatabase(fails: boolean | "silently"): void;
  /** All statements sent to the database. */
  readonly statements: string[];
}

/** Isolates of one location share its cache. By default each isolate has its own location. */
export function startIsolate(options: Omit<ServiceOptions, "as"> = {}): Isolate {
  let fails: boolean | "silently" = false;
  const statements: string[] = [];
  const service = startService({
    ...options,
    bindings: { DB: observed(env.DB), ...options.bindings },
    dependencies: {
      authenticate: async (request, context) =>
        KNOWN[request.headers.get("authorization") ?? ""] ?? authenticateWithoutIssuers(request, context),
      ...options.dependencies,
    },
  });
  return {
    ...service,
    lastLog: () => JSON.parse(service.logs.at(-1) ?? "{}"),
    failDatabase(next) {
      fails = next;
    },
    statements,
  };

  function observed<Source extends D1Database | D1DatabaseSession>(source: Source): Source {
    const bound = (target: object, name: string | symbol) => {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    };
    return new Proxy(source, {
      get(target, name) {
        if (name === "withSession") return (start?: string) => observed((target as D1Database).withSession(start)); // a session has no such method
        if (name !== "prepare" && name !== "batch") return bound(target, name);
        return (...asked: unknown[]) => {
          if (name === "prepare") statements.push(String(asked[0]));
          if (fails === "silently") return bound(silentDatabase(), name)(...asked);
          if (fails) throw new Error("D1_ERROR: simulated failure");
          return bound(target, name)(...asked);
        };
      },
    });
  }
}
