/**
 * A read model that is refreshed from its source. A value up to `freshMs` old is returned as it is. Up to `staleMs`, it
 * is returned at once and refreshed after the response. Beyond that, the request waits for the source. Each isolate
 * runs one refresh at a time and remembers the newest value it saw. If the source fails, the old value is used up to
 * `lastResortMs`, and the log records it.
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
  /** Continues `work` after the response is sent. */
  defer(work: Promise<unknown>): void;
}

/** Reads the source. `before` is the previous value, if known. */
export type Make<Value> = (before: Value | undefined) => Promise<Value>;

/** The current value. At most one KV read. @throws the error of `make`, if there is no usable value */
export type RefreshedModel<Value> = (context: RefreshContext, make: Make<Value>) => Promise<ReadModel<Value>>;

/** How long a request waits for a refresh that another request started, which may never finish. */
const WAIT_MS = 2_000;

/** Creates the isolate's memory of the model with that name. Only plausible values from KV are used. */
export function rememberModel<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  { freshMs, staleMs, lastResortMs }: ModelBounds,
  isPlausible?: Plausible<z.output<Schema>>,
): RefreshedModel<z.output<Schema>> {
  type Model = ReadModel<z.output<Schema>>;
  let remembered: Model | undefined;
  let flight: { readonly landed: Promise<Model>; readonly since: number } | undefined;

  /**
   * The newest value that this isolate saw. A value from the future means that a clock was set back, so it is ignored.
   */
  function ownAt(now: number): Model | undefined {
    return remembered !== undefined && ageOf(remembered, now) >= -CLOCK_TOLERANCE_MS ? remembered : undefined;
  }

  /** Keeps `model` unless another request has stored a newer one meanwhile. */
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
    // The source is read after `now`, so the value is at least as new as its `madeAt`.
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
