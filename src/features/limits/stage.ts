/**
 * The stages that hold a request to its limits. `tellLimits` goes around all of them and tells on the way out how the
 * limits stand; `chargeFailures` charges what never came to a stage that does; `shedLoad` (stage 4) turns requests away
 * while there are too many; `shieldAddress` charges the address before anything is spent on the request; `takeTokens`
 * (stage 5) the account, once it is known.
 *
 * Whether a request goes on when a limit cannot be asked is the policy's to say, and the log tells of it either way. The
 * coarse shield in front fails open: behind it are the limits themselves.
 */
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv, SettledVariables } from "#core/contract/context.ts";
import type { Surroundings } from "#core/contract/doors.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { Limit } from "#core/contract/limit.ts";
import { type Principal, principalKey } from "#core/contract/principal.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import { addressKeys } from "./address-keys.ts";
import { countAlarms } from "./alarm.ts";
import { ASKING_TOKENS, addressCharges, anonymousCharges, attemptCharge, planOf, principalCharges } from "./charges.ts";
import { costOf } from "./cost.ts";
import { limitHeaders } from "./headers.ts";
import type { Limiter } from "./limiter.ts";
import { Meter } from "./meter.ts";
import { countLoad } from "./overload.ts";
import { rememberOverrides } from "./overrides.ts";
import { ANONYMOUS_CONCURRENT, CONCURRENT, SHIELD } from "./policies.ts";
import { refusalOf, shieldRefusal, tooManyAtOnce } from "./refusal.ts";
import { countSlots } from "./slots.ts";

/** What a replay costs, whatever the operation does. */
const REPLAY_TOKENS = 1;

/** An operation of either kind. */
type Operation = Endpoint | ProtocolEndpoint;

export interface LimitStages {
  readonly tellLimits: MiddlewareHandler<AppEnv>;
  /** @throws quota-exceeded */
  readonly chargeFailures: MiddlewareHandler<AppEnv>;
  /** @throws temporary-reduced-capacity */
  shedLoad(operation: Operation): MiddlewareHandler<AppEnv>;
  /** @throws quota-exceeded, service-unavailable */
  shieldAddress(operation: Operation): MiddlewareHandler<AppEnv>;
  /** @throws quota-exceeded, service-unavailable */
  takeTokens(operation: Operation): MiddlewareHandler<AppEnv>;
}

/** The stages over one limiter. What they remember beside it (overrides, alarms, slots) lives as long as they do. */
export function limitBy(limiter: Limiter): LimitStages {
  const policiesInForce = rememberOverrides();
  const alarms = countAlarms();
  const slots = countSlots();
  const shedLoad = countLoad({ alarms, policiesInForce });
  /** By what belongs to one request alone. */
  const meters = new WeakMap<Surroundings, Meter>();
  /** Requests whose operation is not metered. */
  const exempt = new WeakSet<Surroundings>();

  async function meterOf(surroundings: Surroundings): Promise<Meter> {
    const known = meters.get(surroundings);
    if (known !== undefined) return known;
    const made = new Meter(limiter, alarms, await policiesInForce(surroundings), surroundings);
    meters.set(surroundings, made);
    return made;
  }

  /** @throws quota-exceeded where the principal has as many requests under way as it may */
  async function holdSlot(
    meter: Meter,
    surroundings: Surroundings,
    principal: Principal,
    next: () => Promise<void>,
  ): Promise<void> {
    const isAnonymous = principal.kind === "anonymous";
    const most = isAnonymous ? ANONYMOUS_CONCURRENT : planOf(principal).concurrent;
    const key = isAnonymous ? hostKey(surroundings) : principalKey(principal);
    const release = slots.take(key, most, surroundings.now);
    if (release === undefined) {
      meter.noteRefusal(CONCURRENT, key);
      meter.giveBack("address");
      meter.giveBack("principal");
      throw tooManyAtOnce(CONCURRENT, most);
    }
    try {
      await next();
    } finally {
      release();
    }
  }

  return {
    async tellLimits(c, next) {
      await next();
      const { surroundings } = c.var;
      const meter = meters.get(surroundings);
      if (meter === undefined) return;
      // A client that asks whether its copy is current is not to pay for having one (RFC 9110 section 15.4.5).
      if (c.res.status === 304) meter.giveBack("principal");
      // Nor is one to pay for asking again what became of its request.
      if (c.res.headers.has("Idempotent-Replayed")) meter.giveBack("principal", REPLAY_TOKENS);
      for (const [name, value] of Object.entries(limitHeaders(meter.shown, surroundings.now))) {
        c.res.headers.set(name, value);
      }
    },

    async chargeFailures(c, next) {
      await next();
      const { surroundings }: SettledVariables = c.var;
      if (surroundings === undefined || exempt.has(surroundings) || !isClientFailure(c)) return;
      await chargeFailure(c, await meterOf(surroundings));
    },

    shedLoad(operation) {
      const limit = limitOf(operation);
      if (limit === "unmetered") return (_c, next) => next();
      const cost = { cost: limit.cost, parameters: parametersOf(operation) };
      return shedLoad(operation.contract.method, (c) => costOf(cost, c.var.url.searchParams));
    },

    shieldAddress(operation) {
      const limit = limitOf(operation);
      const parameters = parametersOf(operation);
      return async function shieldAddressOfRequest(c, next) {
        const { surroundings, url } = c.var;
        if (limit === "unmetered") {
          exempt.add(surroundings);
          return next();
        }
        const { address } = surroundings;
        const meter = await meterOf(surroundings);
        await holdShield(meter, surroundings);
        const cost = costOf({ cost: limit.cost, parameters }, url.searchParams);
        const isAnonymous = !judgesCredentials(operation) || c.req.header("authorization") === undefined;
        await meter.charge("address", [
          ...(isAnonymous ? anonymousCharges(address, cost) : []),
          ...(isAnonymous && cost > 0 ? [] : addressCharges(address, cost > 0 ? 1 : ASKING_TOKENS)),
          ...(limit.policy === undefined ? [] : [attemptCharge(limit.policy, address)]),
        ]);
        c.set("standings", meter.standings);
        // Whose request it is only the endpoint will find out.
        if (isProtocol(operation)) return holdSlot(meter, surroundings, { kind: "anonymous", address }, next);
        return next();
      };
    },

    takeTokens(operation) {
      const limit = limitOf(operation);
      const parameters = parametersOf(operation);
      return async function takeTokensOfRequest(c, next) {
        const { surroundings, principal, url } = c.var;
        if (limit === "unmetered") {
          c.set("standings", []);
          return next();
        }
        const meter = await meterOf(surroundings);
        const isAnonymous = principal.kind === "anonymous";
        if (!isAnonymous) {
          const cost = costOf({ cost: limit.cost, parameters }, url.searchParams);
          await meter.charge("principal", principalCharges(principal, cost));
          c.set("standings", meter.standings);
        }
        return holdSlot(meter, surroundings, principal, next);
      };
    },
  };
}

function isProtocol(operation: Operation): operation is ProtocolEndpoint {
  return "serve" in operation;
}

function limitOf(operation: Operation): Limit {
  return isProtocol(operation) ? operation.limit : operation.policy.limit;
}

/** Whether bad credentials are told so. Where nobody looks at the header it says nothing of who sends it. */
function judgesCredentials(operation: Operation): boolean {
  return !isProtocol(operation) || operation.contract.security.length > 0;
}

function parametersOf({ contract }: Operation): ReadonlySet<string> {
  return new Set(Object.keys(contract.query?.shape ?? {}));
}

/**
 * Charges the address for what no stage has: bad credentials, which are an anonymous caller's, and requests that have
 * no operation. The latter are answered as they are, since a 404 costs no more than a 429.
 *
 * @throws quota-exceeded for bad credentials of an address that has sent too many
 */
async function chargeFailure(c: Context<AppEnv>, meter: Meter): Promise<void> {
  const { surroundings, endpoint, principal }: SettledVariables = c.var;
  const charges = anonymousCharges(surroundings?.address ?? "unknown", 1);
  if (!meter.isCharged) {
    await meter.tryCharge("address", charges);
    return;
  }
  const { status } = c.res;
  if (endpoint === undefined || principal !== undefined || (status !== 401 && status !== 400)) return;
  const refusals = await meter.tryCharge("address", charges);
  if (refusals.length === 0) return;
  meter.giveBack("address");
  // What is thrown takes the place of an answer only where there is none.
  c.res = undefined;
  throw refusalOf(refusals);
}

function isClientFailure(c: Context<AppEnv>): boolean {
  const { status } = c.res;
  return c.req.method !== "OPTIONS" && status >= 400 && status < 500;
}

/** The platform's own rate limiting: approximate, of one location, and free. @throws quota-exceeded */
async function holdShield(meter: Meter, surroundings: Surroundings): Promise<void> {
  const { objects, now } = surroundings;
  try {
    const { success } = await objects.SHIELD.limit({ key: hostKey(surroundings) });
    if (success) return;
  } catch {
    surroundings.log["limit.failed"] = SHIELD.name;
    return;
  }
  const waitMs = SHIELD.windowSeconds * 1000;
  meter.refuseInFront({ policy: SHIELD, remaining: 0, resetMs: now + waitMs, retryAfterMs: waitMs });
  throw shieldRefusal(SHIELD.name, SHIELD.windowSeconds);
}

function hostKey({ address }: Surroundings): string {
  const [{ key } = { key: "unknown" }] = addressKeys(address);
  return key;
}
