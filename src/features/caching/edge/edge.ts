/**
 * The edge cache of one isolate and its location: entries, which are found only by the state they show, and sightings of
 * that state, which may be a moment old. Where the two meet, an answer is made without the database.
 */
import type { LocationCache, Surroundings } from "#core/contract/doors.ts";
import type { EdgePolicy } from "#core/contract/policy.ts";
import { readGeneration } from "#core/data/collection.ts";
import type { Generation } from "#core/data/generation.ts";
import type { AnswerSource } from "#core/data/usage.ts";
import type { Entry } from "./entry.ts";
import { collapseFlights, type Flights } from "./flights.ts";
import { type LocationMemory, rememberInLocation } from "./location.ts";
import { type EntryMemory, rememberEntries } from "./memory.ts";
import { isFromFuture, rememberSightings, type Sighting, type Sightings } from "./sightings.ts";

/** What may be used of a request while its answer is found. */
export type EdgeSurroundings = Pick<Surroundings, "now" | "origin" | "database" | "defer" | "meter">;

/** A refresh whose request has gone is not waited for. */
const REFRESH_MS = 5_000;

/** What changes sooner is not worth the location's while, neither to be told nor to be asked. */
const SHARED_AFTER_MS = 1_000;

export class Edge {
  readonly entries: EntryMemory = rememberEntries();
  readonly flights: Flights = collapseFlights();
  readonly #sightings: Sightings = rememberSightings();
  readonly #location: LocationMemory;
  /** When the refresh of a collection's sighting began. */
  readonly #refreshing = new Map<string, number>();
  readonly #policies: ReadonlyMap<string, EdgePolicy>;
  /** Since a write of this isolate, until it has looked itself: what the location tells may be from before. */
  #mustLook = false;

  /** When each entry was made that the location does not have yet. */
  readonly #unshared = new WeakMap<Entry, number>();

  /** `policies` are those of the collections that sightings are kept of, by name. */
  constructor(policies: ReadonlyMap<string, EdgePolicy>, open: () => Promise<LocationCache>) {
    this.#policies = policies;
    this.#location = rememberInLocation(open);
  }

  /** How often a write has ended all sightings. */
  get era(): number {
    return this.#sightings.era;
  }

  /** Whether what is kept was surely overtaken, by a write of this isolate. */
  get isOvertaken(): boolean {
    return this.#mustLook;
  }

  /** The latest sighting that is at most `maxAgeMs` old: the isolate's, or else the location's. */
  async sighting(
    collection: string,
    maxAgeMs: number,
    { now, origin, meter }: EdgeSurroundings,
  ): Promise<Sighting | undefined> {
    const own = this.#sightings.get(collection);
    if (own !== undefined && now - own.seenAt <= maxAgeMs && !isFromFuture(own, now)) return own;
    if (this.#mustLook) return undefined;
    const { era } = this;
    const found = await this.#location.sighting(origin, collection, meter);
    // A clock ahead of ours says nothing of how old it is.
    if (found === undefined || found.seenAt > now || now - found.seenAt > maxAgeMs) return undefined;
    return this.#sightings.note(collection, found, era) ? found : undefined;
  }

  /** Notes what the primary said to a request that arrived at `now`, in the era of its arrival. */
  note(collection: string, generation: Generation, era: number, policy: EdgePolicy, request: EdgeSurroundings): void {
    const { now, origin, meter, database } = request;
    const last = this.#sightings.get(collection);
    const { changedAt } = generation;
    const sighting = { generation: generation.generation, changedAt, seenAt: now, bookmark: database.bookmark() };
    if (!this.#sightings.note(collection, sighting, era)) return;
    this.#mustLook = false;
    // Others of the location need not hear of each request.
    const isNews = last === undefined || last.generation !== sighting.generation;
    if (!isNews && now - last.seenAt < policy.freshForSeconds * 1000) return;
    request.defer(this.#location.keepSighting(origin, collection, sighting, lifeOf(policy), meter));
  }

  /** Asks the database after the answer, once at a time. */
  refresh(collection: string, policy: EdgePolicy, request: EdgeSurroundings): void {
    const { now } = request;
    const startedAt = this.#refreshing.get(collection);
    // One that began in the future did so before the clock was set back.
    if (startedAt !== undefined && Math.abs(now - startedAt) < REFRESH_MS) return;
    this.#refreshing.set(collection, now);
    request.defer(this.#refresh(collection, policy, request));
  }

  async #refresh(collection: string, policy: EdgePolicy, request: EdgeSurroundings): Promise<void> {
    try {
      const { era } = this;
      const fresh = await this.sighting(collection, policy.freshForSeconds * 1000, request);
      if (fresh !== undefined) return;
      request.database.readPrimary();
      this.note(collection, await readGeneration(request.database, collection), era, policy, request);
    } finally {
      this.#refreshing.delete(collection);
    }
  }

  /** `changedAt`: since when there can be an entry of that state, in epoch ms. */
  async entry(
    variant: string,
    tag: string,
    changedAt: number,
    { now, defer, meter }: EdgeSurroundings,
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

  keep(variant: string, tag: string, entry: Entry, { now }: EdgeSurroundings): void {
    this.entries.set(variant, tag, entry);
    this.#unshared.set(entry, now);
  }

  /**
   * What was seen before a write is over, here and in the location. A collection is written to by its table's name. Where
   * somebody had looked, somebody will: what it is now is asked behind the answer.
   */
  async endSightings(written: ReadonlySet<string>, request: EdgeSurroundings): Promise<void> {
    const { origin, meter } = request;
    const isSeen = (collection: string) => this.#sightings.get(collection) !== undefined;
    const collections = [...this.#policies.keys()];
    if (!written.has("*") && collections.every((collection) => !written.has(collection))) return;
    const wanted = [...this.#policies].filter(([collection]) => isSeen(collection));
    this.#sightings.end();
    this.#mustLook = true;
    await Promise.all(collections.map((name) => this.#location.forgetSighting(origin, name, meter)));
    for (const [collection, policy] of wanted) this.refresh(collection, policy, request);
  }
}

function lifeOf({ freshForSeconds, staleWhileRevalidateSeconds, staleIfErrorSeconds }: EdgePolicy): number {
  return freshForSeconds + Math.max(staleWhileRevalidateSeconds, staleIfErrorSeconds);
}
