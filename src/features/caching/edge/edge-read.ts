/**
 * One read that the edge serves. A stored entry serves it if the entry is current, or within the age that the policy
 * allows. Otherwise the handler runs and its response is stored. Concurrent requests for the same entry share one run.
 */
import type { Validator } from "#core/contract/answer.ts";
import type { Settable, Settled, Targeted } from "#core/contract/context.ts";
import { readGeneration } from "#core/data/collection.ts";
import { tokenOfGeneration } from "#core/data/generation.ts";
import type { AnswerSource } from "#core/data/usage.ts";
import { type CacheStatus, formatCacheStatus } from "#core/http/cache-status.ts";
import { Problem } from "#core/http/problem.ts";
import { answerUnchanged, revalidates, select, validatorOf } from "../conditional.ts";
import type { Edge } from "./edge.ts";
import { type Entry, entryOf, responseOf } from "./entry.ts";
import type { KnownGeneration } from "./known-generations.ts";
import type { EdgePlan } from "./plan.ts";

/** The state that an entry must show, and the source of that knowledge. */
interface Known {
  readonly tag: string;
  readonly validator: Validator;
  /** Undefined: this request read it from the database. */
  readonly knownGeneration: KnownGeneration | undefined;
}

type EdgeRequest = Targeted & Settable<"validated" | "keepWhole">;

export class EdgeRead {
  readonly #request: EdgeRequest;
  readonly #edge: Edge;
  readonly #plan: EdgePlan;
  /**
   * The value of `edge.writeCount` when the request began. A generation that the request reads is stored only if no write has
   * come since.
   */
  readonly #writeCount: number;
  /** The full response when the handler's response became a 304. */
  #whole: Response | undefined;

  constructor(request: EdgeRequest, edge: Edge, plan: EdgePlan) {
    this.#request = request;
    this.#edge = edge;
    this.#plan = plan;
    this.#writeCount = edge.writeCount;
  }

  async answer(next: () => Promise<void>): Promise<Response | undefined> {
    try {
      const known = await this.#known();
      const kept = known === undefined ? undefined : await this.#kept(known);
      if (kept !== undefined) return kept;
      return await this.#made(known, next);
    } catch (failure) {
      if (failure instanceof Problem && failure.status < 500) throw failure;
      const stale = await this.#staleIfError();
      if (stale === undefined) throw failure;
      // For the log only: the client gets the stale response.
      this.#request.http.error = failure instanceof Error ? failure : new Error(String(failure));
      return stale;
    }
  }

  /** Undefined if the state is unknown without the handler, or reading it would cost as much as the handler. */
  async #known(): Promise<Known | undefined> {
    const { policy, collection, bearsAge, isList, variant } = this.#plan;
    const { freshForSeconds, staleWhileRevalidateSeconds } = policy;
    const bearableMs = (freshForSeconds + staleWhileRevalidateSeconds) * 1000;
    const knownGeneration = bearsAge
      ? await this.#edge.knownGeneration(collection, bearableMs, this.#request)
      : undefined;
    if (knownGeneration !== undefined && this.#request.now - knownGeneration.seenAt > freshForSeconds * 1000) {
      this.#edge.refresh(collection, policy, this.#request);
    }
    if (knownGeneration !== undefined) return this.#knownBy(knownGeneration);
    // One row tells whether the list has changed, which can save reading the list.
    const maySpare = this.#edge.entries.knows(variant) && !(bearsAge && this.#edge.isOvertaken);
    return isList && (maySpare || revalidates(this.#request)) ? this.#knownBy(undefined) : undefined;
  }

  async #knownBy(knownGeneration: KnownGeneration | undefined): Promise<Known | undefined> {
    const { collection, policy, isList, bearsAge } = this.#plan;
    const { database } = this.#request;
    if (!isList) {
      if (knownGeneration === undefined) return undefined;
      const validator = { token: tokenOfGeneration(knownGeneration), modifiedAt: knownGeneration.changedAt };
      return { validator, knownGeneration, tag: await this.#tagOf(validator) };
    }
    let used: KnownGeneration | undefined;
    const validator = await validatorOf(this.#request, async (name, atLeast = 0) => {
      used =
        name === collection && knownGeneration !== undefined && knownGeneration.generation >= atLeast
          ? knownGeneration
          : undefined;
      if (used !== undefined) return used;
      if (bearsAge) database.readPrimary();
      const seen = await readGeneration(database, name, atLeast);
      if (bearsAge) this.#edge.note(name, seen, this.#writeCount, policy, this.#request);
      return seen;
    });
    return validator === null ? undefined : { validator, knownGeneration: used, tag: await this.#tagOf(validator) };
  }

  async #tagOf(validator: Validator): Promise<string> {
    return (await select(this.#request, validator, this.#request.endpoint.policy.cache)).etag;
  }

  /** The stored response, or a 304. @throws precondition-failed */
  async #kept(known: Known): Promise<Response | undefined> {
    const { isList, variant } = this.#plan;
    const found = await this.#edge.entry(variant, known.tag, known.validator.modifiedAt, this.#request);
    if (found !== undefined) return this.#give(found.entry, this.#statusOf(known), found.from, known);
    if (!isList) return undefined;
    this.#request.validated = known.validator;
    if (!revalidates(this.#request)) return undefined;
    const { cache } = this.#request.endpoint.policy;
    const unchanged = answerUnchanged(this.#request, await select(this.#request, known.validator, cache));
    // The client holds the current representation and the edge does not, so no stored entry was used.
    const status: CacheStatus = { forwarded: "uri-miss", status: 304 };
    return unchanged === undefined ? undefined : this.#told(unchanged, status, known.knownGeneration);
  }

  /** The response from the handler of this request, or from a concurrent request for the same entry. */
  async #made(known: Known | undefined, next: () => Promise<void>): Promise<Response | undefined> {
    const { variant, bearsAge } = this.#plan;
    const { now } = this.#request;
    // An unvalidated response is shared only with requests that accept its age, and never across a write.
    const cold = bearsAge ? `${variant} ${this.#writeCount}` : undefined;
    const flight = known === undefined ? cold : `${variant} ${known.tag}`;
    if (flight === undefined) {
      await next();
      return this.#keep(known);
    }
    const underWay = this.#edge.flights.join(flight, now);
    const landed = await underWay;
    if (landed !== undefined) {
      const status: CacheStatus = { forwarded: this.#missed(known), status: 200, collapsed: true };
      return this.#give(landed, status, "isolate", known);
    }
    const land = this.#edge.flights.begin(flight, now);
    const end = Promise.withResolvers<void>();
    // Other requests wait for it, even if the client of this one disconnects.
    this.#request.defer(end.promise);
    let entry: Entry | undefined;
    try {
      this.#readNoOlderThan(known);
      // Stores the full response even if the client gets a 304.
      if (this.#plan.isList || known !== undefined) {
        this.#request.keepWhole = (response) => {
          this.#whole = response;
        };
      }
      await next();
      return await this.#keep(known, (made) => {
        entry = made;
      });
    } finally {
      land(entry);
      end.resolve();
    }
  }

  /**
   * Keeps the handler from reading a replica that is older than the known generation. Without a known generation, reads
   * the primary, because only the primary may supply one.
   */
  #readNoOlderThan(known: Known | undefined): void {
    const { database } = this.#request;
    const bookmark = known?.knownGeneration?.bookmark;
    if (bookmark !== undefined) database.readFrom(bookmark);
    else if (this.#plan.bearsAge) database.readPrimary();
  }

  /**
   * Stores the handler's response and sets `Cache-Status`. Returns undefined, because Hono already has the response.
   */
  async #keep(known: Known | undefined, tell?: (entry: Entry) => void): Promise<Response | undefined> {
    const { isList, variant, collection, policy } = this.#plan;
    const { http, execution }: Settled = this.#request;
    const response = http.res;
    if (response.status >= 500) {
      const stale = await this.#staleIfError();
      if (stale === undefined) return undefined;
      // Otherwise Hono would merge in the headers of the failed response.
      http.res = undefined;
      http.res = stale;
      return undefined;
    }
    const answer = execution?.answer;
    // In this case the primary was read. Other requests can read a replica.
    if (this.#plan.bearsAge && known === undefined) {
      if (answer?.kind === "list" && answer.generation !== undefined) {
        this.#edge.note(collection, answer.generation, this.#writeCount, policy, this.#request);
      } else if (!isList) {
        this.#edge.refresh(collection, policy, this.#request);
      }
    }
    const entry = await entryOf(this.#whole ?? response);
    if (entry !== undefined) tell?.(entry);
    const tag = isList ? entry?.etag : known?.tag;
    const stored = entry !== undefined && tag !== undefined;
    if (stored) this.#edge.keep(variant, tag, entry, this.#request);
    if (response.ok || this.#whole !== undefined) {
      const status: CacheStatus = { forwarded: this.#missed(known), status: 200, stored };
      response.headers.set("Cache-Status", formatCacheStatus(status));
    }
    return undefined;
  }

  /** The entry of the last known state, if it is recent enough. */
  async #staleIfError(): Promise<Response | undefined> {
    const { policy, collection, bearsAge, variant } = this.#plan;
    if (!bearsAge) return undefined;
    const bearableMs = (policy.freshForSeconds + policy.staleIfErrorSeconds) * 1000;
    const knownGeneration = await this.#edge.knownGeneration(collection, bearableMs, this.#request);
    const known =
      knownGeneration === undefined ? undefined : await this.#knownBy(knownGeneration).catch(() => undefined);
    if (known === undefined || known.knownGeneration === undefined) return undefined;
    const found = await this.#edge.entry(variant, known.tag, known.validator.modifiedAt, this.#request);
    return found === undefined ? undefined : this.#give(found.entry, this.#statusOf(known), found.from, known);
  }

  #give(entry: Entry, status: CacheStatus, from: AnswerSource, known: Known | undefined): Response {
    const { now, meter, endpoint, tagGuardsWrites: guardsWrites } = this.#request;
    meter.usage.answeredFrom = from;
    const { cache } = endpoint.policy;
    const { etag, modifiedAt: lastModified } = entry;
    // The entry has the time of the last change. It does not show whether that time came from a clock that was ahead.
    const changedAt = known?.validator.modifiedAt ?? 0;
    const validator = { token: "", modifiedAt: changedAt > now ? changedAt : lastModified };
    const unchanged = answerUnchanged(this.#request, {
      etag,
      validator,
      lastModified,
      cache,
      isPrivate: false,
      guardsWrites,
    });
    return this.#told(unchanged ?? responseOf(entry), status, known?.knownGeneration);
  }

  #told(response: Response, status: CacheStatus, knownGeneration: KnownGeneration | undefined): Response {
    response.headers.set("Cache-Status", formatCacheStatus(status));
    if (knownGeneration !== undefined) response.headers.set("Age", String(this.#ageOf(knownGeneration)));
    return response;
  }

  /** In whole seconds. Never negative: a later request may have stored the generation before this one is finished. */
  #ageOf({ seenAt }: KnownGeneration): number {
    return Math.max(0, Math.floor((this.#request.now - seenAt) / 1000));
  }

  /** The status of a stored response: a hit, or a revalidation with the database. */
  #statusOf({ knownGeneration }: Known): CacheStatus {
    const { policy, reason } = this.#plan;
    if (knownGeneration === undefined) return { forwarded: reason, status: 304 };
    return { hit: policy.freshForSeconds - this.#ageOf(knownGeneration) };
  }

  #missed(known: Known | undefined): "uri-miss" | "request" {
    return known === undefined && this.#plan.reason === "request" ? "request" : "uri-miss";
  }
}
