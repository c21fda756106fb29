/**
 * Stage 8. A request with an `Idempotency-Key` takes effect once. One attempt runs at a time, and its effect is
 * recorded in the batch that makes it. A retry gets the stored response if the caller still has permission. Fails
 * closed: if the record is unreachable or does not respond in time, the request is not executed.
 */
import type { Context } from "hono";
import { type Given, type Settable, type Settled, TARGETED, type Targeted } from "#core/contract/context.ts";
import type { FaultPoint } from "#core/contract/dependencies.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import { SecondCommit } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import { boundedRecord, type KeyRecord } from "#features/idempotency/bounded-record.ts";
import {
  type Attempt,
  type Effect,
  effectExtension,
  findEffect,
  settleFormerAttempts,
} from "#features/idempotency/effects.ts";
import { fingerprintOf, recordHashOf } from "#features/idempotency/fingerprint.ts";
import { readKey } from "#features/idempotency/key.ts";
import type { Verdict } from "#features/idempotency/record.ts";
import {
  markReplayed,
  openAnswer,
  replayOf,
  SEALING_RANDOM_BYTES,
  sealAnswer,
  storedAnswerOf,
} from "#features/idempotency/stored-answer.ts";
import { answerFromEffect, readOf } from "../observe/recover.ts";
import { describeObject, reauthorize } from "./reauthorize.ts";

/** Fault injection for tests: a rejection makes the request fail, a promise that never settles makes it crash. */
export type Faults = (point: FaultPoint) => Promise<void>;

const NO_FAULTS: Faults = async () => undefined;
const RETRY_IN_PROGRESS = { "Retry-After": "1" };
const RETRY_UNAVAILABLE = { "Retry-After": "5" };

/** A request with a key. Its `execution` is the recorded one if the response is rebuilt. */
type Keyed = Targeted & Given<"content"> & Settable<"execution">;

/**
 * `endpoints` lists all endpoints, because a committed resource is read again through its own GET.
 *
 * @throws idempotency-key-missing, idempotency-key-invalid, idempotency-key-reused, idempotency-in-progress,
 * service-unavailable; for a replay, the problems of authorizing the stored resource
 */
export function answerOnce(endpoint: Endpoint, endpoints: readonly Endpoint[], faults: Faults = NO_FAULTS): Stage {
  const { idempotency } = endpoint.policy;
  const read = readOf(endpoint, endpoints);

  return stage("answerOnce", { requires: [...TARGETED, "content"], provides: ["execution"] }, async (request, next) => {
    const key = idempotency === "none" ? undefined : readKey(request.http.req.header("idempotency-key"));
    if (key === undefined) {
      if (idempotency === "required") throw missing(request.origin);
      await next();
      return undefined;
    }
    return lasting(request, () => answerByKey(request, next, key));
  });

  async function answerByKey(request: Keyed, next: () => Promise<void>, key: string): Promise<Response | undefined> {
    const { http, now, settings, database, objects, meter, principal, url } = request;
    const recordHash = await recordHashOf({ principal, method: http.req.method, path: url.pathname, key });
    const record = boundedRecord(() => objects.IDEMPOTENCY_RECORDS.getByName(recordHash));
    const verdict = await claimed(request, record, faults);
    switch (verdict.outcome) {
      case "in-progress":
        throw problem("idempotency-in-progress", { headers: RETRY_IN_PROGRESS });
      case "mismatch":
        throw problem("idempotency-key-reused");
      case "replay": {
        meter.usage.answeredFrom = "record";
        const stored = await openAnswer(settings.secret, recordHash, verdict.answer);
        if (stored !== undefined) {
          await reauthorize(request, stored.about);
          return replayOf(stored);
        }
        // The record was sealed with an older secret. The committed effect is equally reliable.
        const effect = await findEffect(database, { recordHash, now });
        return markReplayed(await answerFromEffect(request, read, effect));
      }
      case "execute":
        return carryOut(request, next, { record, recordHash, verdict, faults, read });
    }
  }
}

/** Continues to the end even if the client disconnects, because the client is likely to retry. */
async function lasting<T>({ defer }: Given, work: () => Promise<T>): Promise<T> {
  const end = Promise.withResolvers<void>();
  defer(end.promise);
  try {
    return await work();
  } finally {
    end.resolve();
  }
}

interface Execution {
  readonly record: KeyRecord;
  readonly recordHash: string;
  readonly verdict: Extract<Verdict, { outcome: "execute" }>;
  readonly faults: Faults;
  readonly read: Endpoint | undefined;
}

async function carryOut(
  request: Keyed,
  next: () => Promise<void>,
  { record, recordHash, verdict, faults, read }: Execution,
): Promise<Response | undefined> {
  const { http: c, now, database } = request;
  const later: Settled = request;
  const { fence, expiresAt, isRetry } = verdict;
  const attempt: Attempt = { recordHash, fence, now, expiresAt };
  let isOvertaken = false;
  let isAlone = !isRetry;
  try {
    await faults("after-claim");
    const effect = isRetry ? await settleFormerAttempts(database, attempt) : undefined;
    if (effect !== undefined) return await recovered(effect);
    isAlone = true;
    const extension = effectExtension(database, attempt, {
      status: request.endpoint.contract.success.status,
      resourceId: () => later.current?.members.id ?? idOf(request.params),
      onOvertaken: () => {
        isOvertaken = true;
      },
    });
    database.extensions.push({
      ...extension,
      before: () => faults("before-batch"),
      after: () => faults("after-batch"),
    });
    await next();
  } catch (failure) {
    await ended();
    throw failure;
  }
  await settled();
  return undefined;

  /** The router has already turned failures of later stages into responses. */
  async function settled(): Promise<void> {
    const isCommitted = database.progress === "committed";
    const isSuccess = c.error === undefined && c.res.ok;
    if (c.error instanceof SecondCommit) {
      // A second commit is a bug in the endpoint. It must not be reported as a success.
      await ended();
    } else if (isOvertaken || (isCommitted && !isSuccess)) {
      const effect = await findEffect(database, attempt).catch(() => undefined);
      const answer = effect === undefined ? undefined : await recovered(effect).catch(() => undefined);
      if (answer === undefined) await ended();
      else replaceAnswer(c, answer);
    } else if (isSuccess || isDecision(request)) {
      await completed(c.res, isCommitted);
    } else {
      await ended();
    }
    await beforeAnswer();
  }

  async function beforeAnswer(): Promise<void> {
    try {
      await faults("before-answer");
    } catch (failure) {
      // Otherwise the response would keep the headers of the failure.
      c.res = undefined;
      throw failure;
    }
  }

  async function recovered(effect: Effect): Promise<Response> {
    const response = await answerFromEffect(request, read, effect);
    await completed(response, true);
    return markReplayed(response);
  }

  /** If the response cannot be stored, the effect is in the database. Without an effect, the request runs again. */
  async function completed(response: Response, isCommitted: boolean): Promise<void> {
    try {
      await faults("before-complete");
      const stored = await storedAnswerOf(response, describeObject(request));
      if (stored === undefined) return await record.release({ fence, isCertain: false });
      const iv = request.randomBytes(SEALING_RANDOM_BYTES);
      const answer = await sealAnswer(request.settings.secret, recordHash, stored, iv);
      await record.complete({ fence, isCommitted, answer });
    } catch (failure) {
      // The response is still valid: the lease expires, and the database contains the effect.
      request.log["idempotency.failure"] = failure instanceof Error ? failure.message : "unknown";
    }
  }

  async function ended(): Promise<void> {
    const isCertain = isAlone && !isOvertaken && database.progress === "untouched";
    // If the release fails, the lease expires.
    await record.release({ fence, isCertain }).catch(() => undefined);
  }
}

/** @throws idempotency-in-progress */
async function claimed(request: Keyed, record: KeyRecord, faults: Faults): Promise<Verdict> {
  const { http, now, url, content } = request;
  const fingerprint = await fingerprintOf({
    method: http.req.method,
    path: url.pathname,
    query: url.searchParams,
    apiVersion: url.pathname.split("/")[1] ?? "",
    contentType: http.req.header("content-type"),
    content,
  });
  await faults("before-claim");
  try {
    return await record.claim(fingerprint, now);
  } catch (cause) {
    throw problem("service-unavailable", { headers: RETRY_UNAVAILABLE, cause });
  }
}

/**
 * A conflict that the handler found is the final response. A refusal by an earlier stage or an invalid request can be
 * corrected.
 */
function isDecision({ http, execution }: Settled): boolean {
  return execution !== undefined && http.res.status === 409;
}

function replaceAnswer(c: Context, response: Response): void {
  c.error = undefined;
  c.res = undefined;
  c.res = response;
}

function missing(origin: string) {
  return problem("idempotency-key-missing", { headers: { Link: `<${origin}/docs>; rel="describedby"` } });
}

function idOf(params: Readonly<Record<string, unknown>>): string | undefined {
  return typeof params["id"] === "string" ? params["id"] : undefined;
}
