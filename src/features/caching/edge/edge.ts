/**
 * The edge cache of one isolate and its location. It has entries, found only by the state that they show, and known
 * generations, which can be a few seconds old. Together they serve a response without the database.
 */
import type { LocationCache, RequestContext } from "#core/contract/dependencies.ts";
import type { EdgePolicy } from "#core/contract/policy.ts";
import { readGeneration } from "#core/data/collection.ts";
import type { Generation } from "#core/data/generation.ts";
import type { AnswerSource } from "#core/data/usage.ts";
import type { Entry } from "./entry.ts";
import { collapseFlights, type Flights } from "./flights.ts";
import {
  createKnownGenerations,
  isFromFuture,
  type KnownGeneration,
  type KnownGenerations,
} from "./known-generations.ts";
import { type LocationMemory, rememberInLocation } from "./location.ts";
import { type EntryMemory, rememberEntries } from "./memory.ts";

/** The part of the request context that the edge uses. */
export type EdgeContext = Pick<RequestContext, "now" | "origin" | "database" | "defer" | "meter">;

/** A refresh that takes longer counts as aborted. */
const REFRESH_MS = 5_000;

/** Entries and generations that change sooner are not shared through the location. */
const SHARED_AFTER_MS = 1_000;

export class Edge {
  readonly entries: EntryMemory = rememberEntries();
  readonly flights: Flights = collapseFlights();
  readonly #knownGenerations: KnownGenerations = createKnownGenerations();
  readonly #location: LocationMemory;
  /** The start of each collection's running refresh, in epoch ms. */
  readonly #refreshing = new Map<string, number>();
  readonly #policies: ReadonlyMap<string, EdgePolicy>;
  /**
   * Set by a write of this isolate, until a generation is read from the database again. Until then, the location's
   * cache can return a generation from before the write.
   */
  #mustLook = false;

  /** The time of each entry that is not yet in the location's cache, in epoch ms. */
  readonly #unshared = new WeakMap<Entry, number>();

  /** `policies`: by collection, for each collection that the edge serves. */
  constructor(policies: ReadonlyMap<string, EdgePolicy>, open: () => Promise<LocationCache>) {
    this.#policies = policies;
    this.#location = rememberInLocation(open);
  }

  /** The number of times that a write ended all known generations. */
  get writeCount(): number {
    return this.#knownGenerations.writeCount;
  }

  /** Whether a write of this isolate has made the stored entries outdated. */
  get isOvertaken(): boolean {
    return this.#mustLook;
  }

  /** The latest known generation that is at most `maxAgeMs` old, from the isolate or else from the location. */
  async knownGeneration(
    collection: string,
    maxAgeMs: number,
    { now, origin, meter }: EdgeContext,
  ): Promise<KnownGeneration | undefined> {
    const own = this.#knownGenerations.get(collection);
    if (own !== undefined && now - own.seenAt <= maxAgeMs && !isFromFuture(own, now)) return own;
    if (this.#mustLook) return undefined;
    const { writeCount } = this;
    const found = await this.#location.knownGeneration(origin, collection, meter);
    // A timestamp from a clock ahead of this one does not tell the age.
    if (found === undefined || found.seenAt > now || now - found.seenAt > maxAgeMs) return undefined;
    return this.#knownGenerations.note(collection, found, writeCount) ? found : undefined;
  }

  /**
   * Stores the generation that the primary returned to a request. `writeCount` is the value of `this.writeCount` when the request
   * began: after a later write the generation is ignored.
   */
  note(collection: string, generation: Generation, writeCount: number, policy: EdgePolicy, request: EdgeContext): void {
    const { now, origin, meter, database } = request;
    const last = this.#knownGenerations.get(collection);
    const { changedAt } = generation;
    const knownGeneration = {
      generation: generation.generation,
      changedAt,
      seenAt: now,
      bookmark: database.bookmark(),
    };
    if (!this.#knownGenerations.note(collection, knownGeneration, writeCount)) return;
    this.#mustLook = false;
    // Not every request needs to update the location's cache.
    const isNews = last === undefined || last.generation !== knownGeneration.generation;
    if (!isNews && now - last.seenAt < policy.freshForSeconds * 1000) return;
    request.defer(this.#location.storeKnownGeneration(origin, collection, knownGeneration, lifeOf(policy), meter));
  }

  /** Refreshes the known generation after the response is sent. At most one refresh per collection runs at a time. */
  refresh(collection: string, policy: EdgePolicy, request: EdgeContext): void {
    const { now } = request;
    const startedAt = this.#refreshing.get(collection);
    // A start in the future means that the clock was set back since.
    if (startedAt !== undefined && Math.abs(now - startedAt) < REFRESH_MS) return;
    this.#refreshing.set(collection, now);
    request.defer(this.#refresh(collection, policy, request));
  }

  async #refresh(collection: string, policy: EdgePolicy, request: EdgeContext): Promise<void> {
    try {
      const { writeCount } = this;
      const fresh = await this.knownGeneration(collection, policy.freshForSeconds * 1000, request);
      if (fresh !== undefined) return;
      request.database.readPrimary();
      this.note(collection, await readGeneration(request.database, collection), writeCount, policy, request);
    } finally {
      this.#refreshing.delete(collection);
    }
  }

  /** `changedAt`: the time since which an entry of that state can exist, in epoch ms. */
  async entry(
    variant: string,
    tag: string,
    changedAt: number,
    { now, defer, meter }: EdgeContext,
  ): Promise<{ readonly entry: Entry; readonly from: AnswerSource } | undefined> {
    const own = this.entries.get(variant, tag);
    if (own !== undefined) {
      const keptAt = this.#unshared.get(own);
      if (keptAt !== undefined && now - keptAt >= SHARED_AFTER_MS) {
        this.#unshared.delete(own);
        defer(this.#location.keepEntry(variant, tag, own, meter));
      }
      return { entry: own, from: "isolate" };
    }
    const ageMs = now - changedAt;
    if (ageMs >= 0 && ageMs < SHARED_AFTER_MS) return undefined;
    const found = await this.#location.entry(variant, tag, meter);
    if (found === undefined) return undefined;
    this.entries.set(variant, tag, found);
    return { entry: found, from: "location" };
  }

  keep(variant: string, tag: string, entry: Entry, { now }: EdgeContext): void {
    this.entries.set(variant, tag, entry);
    this.#unshared.set(entry, now);
  }

  /**
   * Ends the known generations from before a write, here and in the location. `written` contains table names, which are
   * also the names of collections. Collections with a known generation are refreshed after the response.
   */
  async forgetKnownGenerations(written: ReadonlySet<string>, request: EdgeContext): Promise<void> {
    const { origin, meter } = request;
    const isSeen = (collection: string) => this.#knownGenerations.get(collection) !== undefined;
    const collections = [...this.#policies.keys()];
    if (!written.has("*") && collections.every((collection) => !written.has(collection))) return;
    const wanted = [...this.#policies].filter(([collection]) => isSeen(collection));
    this.#knownGenerations.end();
    this.#mustLook = true;
    await Promise.all(collections.map((name) => this.#location.forgetKnownGeneration(origin, name, meter)));
    for (const [collection, policy] of wanted) this.refresh(collection, policy, request);
  }
}

function lifeOf({ freshForSeconds, staleWhileRevalidateSeconds, staleIfErrorSeconds }: EdgePolicy): number {
  return freshForSeconds + Math.max(staleWhileRevalidateSeconds, staleIfErrorSeconds);
}
