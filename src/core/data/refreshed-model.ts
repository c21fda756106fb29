/**
 * A read model that is made anew from its source when it is old. Whoever asks gets one that is at most `staleMs` old: up
 * to `freshMs` it is taken as it is, after that it is given at once and made anew after the answer, and beyond, or where
 * there is none, the answer waits for the source. An isolate asks the source once at a time, and remembers what it
 * has seen, so that one that KV still has from before does not lead it to ask again. Where the source fails, what there is
 * serves until it is `lastResortMs` old, and the log tells so.
 */
import type { z } from "@hono/zod-openapi";
import {
  CLOCK_TOLERANCE_MS,
  type Plausible,
  type ReadModel,
  type ReadModelContext,
  readModel,
  writeModel,
} from "./read-model.ts";
import { settledWithin } from "./within.ts";

export interface ModelBounds {
  readonly freshMs: number;
  readonly staleMs: number;
  readonly lastResortMs: number;
}

export interface RefreshContext extends ReadModelContext {
  /** Goes on with `work` when the answer is already sent. */
  defer(work: Promise<unknown>): void;
}

/** Asks the source; `before` is what the model was, where that is known. */
export type Make<Value> = (before: Value | undefined) => Promise<Value>;

/** The present value. At most one KV read. @throws what `make` does, where there is nothing to go on with */
export type RefreshedModel<Value> = (context: RefreshContext, make: Make<Value>) => Promise<ReadModel<Value>>;

/** For how long one request waits for what another asked: its answer may never come. */
const WAIT_MS = 2_000;

/** A memory of its own, as each isolate has one, of the model of that name. Of KV only what `isPlausible` is taken. */
export function rememberModel<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  { freshMs, staleMs, lastResortMs }: ModelBounds,
  isPlausible?: Plausible<z.output<Schema>>,
): RefreshedModel<z.output<Schema>> {
  type Model = ReadModel<z.output<Schema>>;
  let remembered: Model | undefined;
  let flight: { readonly landed: Promise<Model>; readonly since: number } | undefined;

  /** What this isolate has seen last. What is from the future is of a clock that has been set back. */
  function ownAt(now: number): Model | undefined {
    return remembered !== undefined && ageOf(remembered, now) >= -CLOCK_TOLERANCE_MS ? remembered : undefined;
  }

  /** Nobody knows how long `model` took to come: another request may have learned something newer meanwhile. */
  function take(model: Model | undefined, now: number): Model | undefined {
    const own = ownAt(now);
    remembered = model === undefined || (own !== undefined && own.madeAt >= model.madeAt) ? own : model;
    return remembered;
  }

  async function newest(context: RefreshContext): Promise<Model | undefined> {
    const own = ownAt(context.now);
    if (own !== undefined && ageOf(own, context.now) <= freshMs) return own;
    return take(await readModel(context, name, schema, isPlausible), context.now);
  }

  async function make({ now }: RefreshContext, ask: Make<z.output<Schema>>, before: Model | undefined): Promise<Model> {
    // What the source says was asked for after `now`: no older than it is said to be.
    const landed = ask(before?.value).then((value) => ({ value, madeAt: now }));
    const own = { landed, since: now };
    flight = own;
    try {
      const model = await landed;
      take(model, now);
      return model;
    } finally {
      if (flight === own) flight = undefined;
    }
  }

  function underWay(now: number): Promise<Model> | undefined {
    return flight !== undefined && Math.abs(now - flight.since) <= WAIT_MS ? flight.landed : undefined;
  }

  function write(context: RefreshContext, model: Model): Promise<void> {
    return writeModel(context, name, model, Math.ceil(lastResortMs / 1000));
  }

  return async function current(context, ask) {
    const { now, log } = context;
    const known = await newest(context);
    const age = known === undefined ? Number.POSITIVE_INFINITY : ageOf(known, now);
    if (known !== undefined && age <= staleMs) {
      if (age > freshMs && underWay(now) === undefined) {
        context.defer(make(context, ask, known).then((model) => write(context, model)));
      }
      return known;
    }
    const others = underWay(now);
    const theirs = others === undefined ? undefined : await settledWithin(others, WAIT_MS);
    if (theirs !== undefined) return theirs;
    try {
      const model = await make(context, ask, known);
      context.defer(write(context, model));
      return model;
    } catch (error) {
      if (known === undefined || age > lastResortMs) throw error;
      log["read_model.failure"] = "stale";
      return known;
    }
  };
}

function ageOf({ madeAt }: ReadModel<unknown>, now: number): number {
  return now - madeAt;
}
