/**
 * Faults of the platform at a named point of a request. The request fails or ends there, or from there on the database
 * or the idempotency record misbehaves.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { FaultPoint } from "#core/contract/dependencies.ts";
import { isRead } from "#core/data/database.ts";
import { WRITE_TIMEOUT_MS } from "#core/data/session.ts";
import { type KeyRecord, RECORD_TIMEOUT_MS } from "#features/idempotency/bounded-record.ts";
import type { Service, ServiceOptions } from "./service.ts";

export const POINTS: readonly FaultPoint[] = [
  "before-claim",
  "after-claim",
  "before-batch",
  "after-batch",
  "before-complete",
  "before-answer",
];

/**
 * "does it, ...": the first call is carried out, but its response is lost. "does it too late, ...": the first call is
 * carried out after the request has stopped waiting and has ended.
 */
const MISBEHAVIOURS = [
  "fails once",
  "is down",
  "does it, and fails",
  "does it, and is down",
  "is silent",
  "does it, and is silent",
  "does it too late",
  "does it too late, and is silent",
] as const;

export type Misbehaviour = (typeof MISBEHAVIOURS)[number];

export type PlatformFault =
  | "the request fails"
  | "the request dies"
  | `the database ${Misbehaviour}`
  | `the record ${Misbehaviour}`
  | "the record is evicted";

export const PLATFORM_FAULTS: readonly PlatformFault[] = [
  "the request fails",
  "the request dies",
  ...MISBEHAVIOURS.map((misbehaviour) => `the database ${misbehaviour}` as const),
  ...MISBEHAVIOURS.map((misbehaviour) => `the record ${misbehaviour}` as const),
  "the record is evicted",
];

export interface Outcome {
  /** Undefined if there was no response. */
  readonly response: Response | undefined;
  /** Whether the fault affected the request: there may be no further call after the point. */
  readonly isStruck: boolean;
}

/** Sends a request that meets the fault at the point. Resolves with the response, or once there will never be one. */
export async function sendWithFault(
  fault: PlatformFault,
  point: FaultPoint,
  start: (options: ServiceOptions) => Service,
  options: ServiceOptions,
  send: (service: Service) => Promise<Response>,
): Promise<Outcome> {
  const abandoned = Promise.withResolvers<undefined>();
  const names = new Set<string>();
  // Each call has a timeout, which the fake timers pass at once.
  const database = part(fault, "the database ", () => void vi.advanceTimersByTimeAsync(WRITE_TIMEOUT_MS));
  const record = part(fault, "the record ", () => void vi.advanceTimersByTimeAsync(RECORD_TIMEOUT_MS));
  let isStruck = false;
  const faults = async (at: FaultPoint) => {
    if (at !== point) return;
    database.begin();
    record.begin();
    if (fault === "the record is evicted") {
      isStruck = names.size > 0;
      for (const name of names) await evictDurableObject(env.IDEMPOTENCY_RECORDS.getByName(name));
    }
    if (fault !== "the request fails" && fault !== "the request dies") return;
    isStruck = true;
    if (fault === "the request fails") throw new Error(`simulated failure at ${point}`);
    abandoned.resolve(undefined);
    await new Promise<never>(() => {});
  };
  const bindings = {
    DB: interceptedDatabase(database.run),
    IDEMPOTENCY_RECORDS: {
      getByName(name: string) {
        names.add(name);
        return interceptedRecord(() => env.IDEMPOTENCY_RECORDS.getByName(name), record.run);
      },
    },
  } as unknown as Partial<Env>; // only the members that the service calls
  if (database.isMeant || record.isMeant) vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const service = start({ ...options, bindings, dependencies: { ...options.dependencies, faults } });
    const response = await Promise.race([send(service), abandoned.promise]);
    await database.end();
    await record.end();
    return { response, isStruck: isStruck || database.isStruck() || record.isStruck() };
  } finally {
    vi.useRealTimers();
  }
}

/** Runs a call, or makes it fail. `isWrite` is true for a batch that writes. */
export type Run = <T>(work: () => Promise<T>, isWrite?: boolean) => Promise<T>;

interface Part {
  readonly isMeant: boolean;
  readonly run: Run;
  begin(): void;
  /** Carries out the delayed call. */
  end(): Promise<void>;
  isStruck(): boolean;
}

/** One part of the platform, which works until the fault begins. */
function part(fault: PlatformFault, prefix: string, onSilence: () => void): Part {
  const isMeant = fault.startsWith(prefix);
  const misbehaviour = isMeant ? fault.slice(prefix.length) : undefined;
  let hasBegun = false;
  let strikes = 0;
  let late: (() => Promise<unknown>) | undefined;
  async function silence(): Promise<never> {
    onSilence();
    return new Promise<never>(() => {});
  }
  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (!hasBegun) return work();
    strikes += 1;
    const isFirst = strikes === 1;
    switch (misbehaviour) {
      case "is down":
        throw new Error("simulated outage");
      case "is silent":
        return silence();
      case "fails once":
        if (isFirst) throw new Error("simulated failure, once");
        return work();
      case "does it, and fails":
        return isFirst ? work().then(() => Promise.reject(new Error("simulated lost response"))) : work();
      case "does it, and is down":
        return isFirst
          ? work().then(() => Promise.reject(new Error("simulated lost response")))
          : Promise.reject(new Error("simulated outage"));
      case "does it, and is silent":
        return isFirst ? work().then(silence) : work();
      case "does it too late":
        if (!isFirst) return work();
        late = work;
        return silence();
      case "does it too late, and is silent":
        if (isFirst) late = work;
        return silence();
      default:
        return work();
    }
  }
  return {
    isMeant,
    run,
    begin() {
      hasBegun = isMeant && misbehaviour !== "is evicted";
    },
    async end() {
      // The delayed call may be refused, because the state has changed meanwhile.
      await late?.().catch(() => undefined);
    },
    isStruck: () => strikes > 0,
  };
}

function interceptedRecord(find: () => KeyRecord, run: Run): KeyRecord {
  return {
    claim: (fingerprint, now) => run(() => find().claim(fingerprint, now)),
    complete: (completion) => run(() => find().complete(completion)),
    release: (ended) => run(() => find().release(ended)),
  };
}

/** A database whose calls, direct or through a session, go through `run`. */
export function interceptedDatabase(run: Run): D1Database {
  const inner = new WeakMap<object, D1PreparedStatement>();
  const reads = new WeakSet<object>();
  function wrapped(statement: D1PreparedStatement, query: string): object {
    const outer = {
      bind: (...values: unknown[]) => wrapped(statement.bind(...values), query),
      all: () => run(() => statement.all()),
      raw: () => run(() => statement.raw()),
      run: () => run(() => statement.run()),
      first: () => run(() => statement.first()),
    };
    inner.set(outer, statement);
    if (isRead(query)) reads.add(outer);
    return outer;
  }
  const over = (source: Pick<D1Database, "prepare" | "batch">) => ({
    prepare: (query: string) => wrapped(source.prepare(query), query),
    batch: (statements: readonly object[]) =>
      run(
        () => source.batch(statements.flatMap((statement) => inner.get(statement) ?? [])),
        statements.some((statement) => !reads.has(statement)),
      ),
  });
  return {
    ...over(env.DB),
    withSession(start: D1SessionBookmark) {
      const session = env.DB.withSession(start);
      return { ...over(session), getBookmark: () => session.getBookmark() };
    },
  } as unknown as D1Database; // only the members that the service calls
}
