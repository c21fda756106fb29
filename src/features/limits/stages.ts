/**
 * The pipeline stages of limits. They refuse a request that exceeds a limit, and show the state of its limits in every
 * metered response. If a limit cannot be counted, its policy decides, and the log says so.
 */
import { CONFIGURED, type Given, type Settled } from "#core/contract/context.ts";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { type Principal, principalKey } from "#core/contract/principal.ts";
import { stage } from "#core/contract/stage.ts";
import { limitHeaders } from "./headers.ts";
import type { Limiter } from "./limiter.ts";
import { createLoadShedder } from "./overload/load-shedding.ts";
import { createRequestSlots } from "./overload/request-slots.ts";
import { hostKey } from "./policy/address-keys.ts";
import { anonymousCharges, checksCredentials, createOperationCharges, planOf } from "./policy/charges.ts";
import { allPolicies, declaredPolicies, isProtocol, type Operation } from "./policy/endpoint-limits.ts";
import { rememberOverrides } from "./policy/overrides.ts";
import { ANONYMOUS_CONCURRENT, CONCURRENT, SHIELD } from "./policy/policies.ts";
import { createRefusalAlarms } from "./refusal-alarms.ts";
import { refusalOf, shieldRefusal, tooManyConcurrent } from "./refusals.ts";
import { createRequestLimits, type RequestLimits } from "./request-limits.ts";

/** The cost of a replayed response, whatever the operation costs. */
const REPLAY_TOKENS = 1;

/**
 * Creates the stages of one isolate. `operations` are all operations of the app.
 *
 * @throws RangeError if an operation declares an invalid limit
 * @example
 * const { shieldAddress, takeTokens } = createLimitStages(limiter, endpoints);
 * app.get("/v1/exports", shieldAddress(exports), authenticate, takeTokens(exports), handle);
 */
export function createLimitStages(limiter: Limiter, operations: readonly Operation[]) {
  const declared = declaredPolicies(operations);
  const currentPolicies = rememberOverrides(allPolicies(declared));
  const alarms = createRefusalAlarms();
  const slots = createRequestSlots();
  const shedLoad = createLoadShedder(alarms, currentPolicies);
  /** The limits of each request in progress, by an object that belongs to that request alone. */
  const requests = new WeakMap<RequestContext, RequestLimits>();
  const unmetered = new WeakSet<RequestContext>();

  async function limitsOf(context: RequestContext): Promise<RequestLimits> {
    const known = requests.get(context);
    if (known !== undefined) return known;
    const limits = createRequestLimits(limiter, alarms, await currentPolicies(context), context);
    requests.set(context, limits);
    return limits;
  }

  /** @throws quota-exceeded if the principal has too many requests in progress */
  async function runInSlot(
    limits: RequestLimits,
    context: RequestContext,
    principal: Principal,
    next: () => Promise<void>,
  ): Promise<void> {
    const isAnonymous = principal.kind === "anonymous";
    const max = isAnonymous ? ANONYMOUS_CONCURRENT : planOf(principal).concurrent;
    const key = isAnonymous ? hostKey(context.address) : principalKey(principal);
    const release = slots.acquire(key, max, context.now);
    if (release === undefined) {
      limits.recordRefusal(CONCURRENT, key);
      limits.giveBackAll();
      throw tooManyConcurrent(CONCURRENT, max);
    }
    try {
      await next();
    } finally {
      release();
    }
  }

  return {
    /** Adds the headers to the response. Runs around all other stages of limits. */
    setRateLimitHeaders: stage("setRateLimitHeaders", { requires: CONFIGURED }, async (request, next) => {
      await next();
      const limits = requests.get(request);
      if (limits === undefined) return;
      const { res } = request.http;
      // A 304 costs the caller nothing (RFC 9110 section 15.4.5), and a replay only reads the stored response.
      const isUnchanged = res.status === 304;
      const isReplay = res.headers.has("Idempotent-Replayed");
      if (isUnchanged || isReplay) {
        limits.giveBack("principal", isUnchanged ? 0 : REPLAY_TOKENS);
        limits.giveBack("endpoint");
      }
      for (const [name, value] of Object.entries(limitHeaders(limits.shown(), request.now))) {
        res.headers.set(name, value);
      }
    }),

    /**
     * Charges the address for failures that no other stage charges: unknown routes, and bad credentials.
     *
     * @throws quota-exceeded for bad credentials from an address that has sent too many
     */
    chargeFailures: stage("chargeFailures", { requires: CONFIGURED }, async (request, next) => {
      await next();
      if (unmetered.has(request) || !isClientFailure(request)) return;
      await chargeFailure(request, await limitsOf(request));
    }),

    /** @throws temporary-reduced-capacity while the isolate has too many requests */
    shedLoad(operation: Operation) {
      const charges = createOperationCharges(operation, declared);
      if (charges === undefined) return stage("shedLoad", {}, (_request, next) => next());
      return shedLoad(operation.contract.method, ({ sentUrl }) => charges.costOf(sentUrl.searchParams));
    },

    /** Charges the address, before any work on the request. @throws quota-exceeded, service-unavailable */
    shieldAddress(operation: Operation) {
      const charges = createOperationCharges(operation, declared);
      return stage("shieldAddress", { requires: CONFIGURED, provides: ["standings"] }, async (request, next) => {
        const { http, address, sentUrl } = request;
        if (charges === undefined) {
          unmetered.add(request);
          request.standings = [];
          return next();
        }
        const limits = await limitsOf(request);
        await checkShield(limits, request);
        const isAnonymous = !checksCredentials(operation) || http.req.header("authorization") === undefined;
        await limits.charge(charges.ofAddress(address, isAnonymous, sentUrl.searchParams));
        request.standings = limits.standings();
        // No later stage knows the principal of a protocol's request.
        if (isProtocol(operation)) return runInSlot(limits, request, { kind: "anonymous", address }, next);
        return next();
      });
    },

    /** Charges the account, once it is known. @throws quota-exceeded, service-unavailable */
    takeTokens(operation: Operation) {
      const charges = createOperationCharges(operation, declared);
      return stage(
        "takeTokens",
        { requires: [...CONFIGURED, "principal", "standings"], provides: ["standings"] },
        async (request, next) => {
          if (charges === undefined) return next();
          const { address, principal, sentUrl } = request;
          const limits = await limitsOf(request);
          await limits.charge(charges.ofPrincipal(principal, address, sentUrl.searchParams));
          request.standings = limits.standings();
          return runInSlot(limits, request, principal, next);
        },
      );
    },
  };
}

/**
 * Charges bad credentials, and requests without an operation, as anonymous requests of the address. Requests without an
 * operation are never refused here, because a 404 costs no more than a 429.
 */
async function chargeFailure({ http, address, endpoint, principal }: Settled, limits: RequestLimits): Promise<void> {
  const charges = anonymousCharges(address, 1);
  if (!limits.isCharged()) {
    await limits.tryCharge(charges);
    return;
  }
  const { status } = http.res;
  if (endpoint === undefined || principal !== undefined || (status !== 401 && status !== 400)) return;
  const refusals = await limits.tryCharge(charges);
  if (refusals.length === 0) return;
  limits.giveBackAll();
  // Hono replaces the response with a thrown problem only if there is no response yet.
  http.res = undefined;
  throw refusalOf(refusals);
}

function isClientFailure({ http }: Given): boolean {
  const { status } = http.res;
  return http.req.method !== "OPTIONS" && status >= 400 && status < 500;
}

/** The platform's own rate limiting: approximate, of one location, and free. It fails open. @throws quota-exceeded */
async function checkShield(limits: RequestLimits, context: RequestContext): Promise<void> {
  const { objects, now, address, log } = context;
  try {
    const { success } = await objects.SHIELD.limit({ key: hostKey(address) });
    if (success) return;
  } catch {
    log["limit.failed"] = SHIELD.name;
    return;
  }
  const waitMs = SHIELD.windowSeconds * 1000;
  limits.recordFrontRefusal({ policy: SHIELD, remaining: 0, resetMs: now + waitMs, retryAfterMs: waitMs });
  throw shieldRefusal(SHIELD.name, SHIELD.windowSeconds);
}
