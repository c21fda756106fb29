/**
 * A well-behaved client: it repeats an intent under its key until it gets a final response, and respects `Retry-After`.
 * It can also disconnect during a request.
 */
import { setTimeout } from "node:timers/promises";
import { DEMO_PASSWORD } from "../seed/demo.ts";
import { tokenOfPerson } from "../token/obtain.ts";
import type { Intent, Ledger, Outcome } from "./ledger.ts";

/** Without a response, the service is down or starting. */
const UNANSWERED_PAUSE_MS = 250;

/** The maximum time for a final response: a lease of 30 seconds plus the restarts of a killed service. */
const PATIENCE_MS = 120_000;

/** Tokens are valid for ten minutes. */
const TOKEN_MS = 5 * 60_000;

/** `outcome`: the final response. `waitMs`: the wait before the next attempt. */
type SendResult = { readonly outcome: Outcome } | { readonly waitMs: number };

export class Client {
  readonly #origin: string;
  readonly #ledger: Ledger;
  readonly #tokens = new Map<string, { readonly token: Promise<string>; readonly until: number }>();

  constructor(origin: string, ledger: Ledger) {
    this.#origin = origin;
    this.#ledger = ledger;
  }

  /** Sends the intent until it gets a final response. Undefined, and a fault, if that takes too long. */
  async carryThrough(intent: Intent): Promise<Outcome | undefined> {
    const outcome = await this.tryFor(intent, PATIENCE_MS);
    if (outcome === undefined) {
      this.#ledger.fault(`${intent.key}: no final response within ${PATIENCE_MS / 1000} seconds`);
    }
    return outcome;
  }

  /** Sends the intent until it gets a final response or `patienceMs` has passed. Undefined if it remains open. */
  async tryFor(intent: Intent, patienceMs: number): Promise<Outcome | undefined> {
    const until = performance.now() + patienceMs;
    while (performance.now() < until) {
      const result = await this.send(intent);
      if ("outcome" in result) return result.outcome;
      await setTimeout(result.waitMs);
    }
    return undefined;
  }

  /** Sends the intent once. `hangUpAfterMs`: disconnects after this time. */
  async send(intent: Intent, hangUpAfterMs?: number): Promise<SendResult> {
    this.#ledger.intend(intent);
    let response: Response;
    let text: string;
    try {
      const token = await this.#tokenOf(intent.email);
      this.#ledger.count("requests");
      response = await fetch(`${this.#origin}${intent.path}`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${token}`,
          "Idempotency-Key": intent.key,
          ...(intent.body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        ...(intent.body === undefined ? {} : { body: JSON.stringify(intent.body) }),
        ...(hangUpAfterMs === undefined ? {} : { signal: AbortSignal.timeout(hangUpAfterMs) }),
      });
      text = await response.text();
    } catch (failure) {
      const isHungUp = failure instanceof DOMException && failure.name === "TimeoutError";
      this.#ledger.count(isHungUp ? "hung up" : "no answer");
      return { waitMs: isHungUp ? 0 : UNANSWERED_PAUSE_MS };
    }
    const result = this.#read(intent, response, text);
    if ("outcome" in result) this.#ledger.record(result.outcome);
    return result;
  }

  #read({ kind, key, email, orderId = "" }: Intent, response: Response, text: string): SendResult {
    const { status, headers } = response;
    if (headers.get("Idempotent-Replayed") === "true") this.#ledger.count("replays");
    if (response.ok) {
      const { id } = JSON.parse(text) as { readonly id: string }; // an order
      return { outcome: { kind, key, status, isAccepted: true, orderId: id } };
    }
    const code = codeIn(text);
    if (code === "OUT_OF_STOCK" || code === "INVALID_TRANSITION") {
      this.#ledger.count(code === "OUT_OF_STOCK" ? "out of stock" : "invalid transition");
      return { outcome: { kind, key, status, isAccepted: false, orderId } };
    }
    const waitMs = 1000 * Number(headers.get("Retry-After") ?? 1);
    if (status === 401) this.#tokens.delete(email);
    if (code === "IDEMPOTENCY_IN_PROGRESS") this.#ledger.count("in progress");
    else if (status === 429 || status === 401 || status >= 500) this.#ledger.count(String(status));
    else this.#ledger.fault(`${key}: ${status} ${text.slice(0, 200)}`);
    return { waitMs };
  }

  #tokenOf(email: string): Promise<string> {
    const known = this.#tokens.get(email);
    if (known !== undefined && known.until > performance.now()) return known.token;
    const token = tokenOfPerson({ origin: this.#origin, scope: "orders:read orders:write" }, email, DEMO_PASSWORD);
    this.#tokens.set(email, { token, until: performance.now() + TOKEN_MS });
    token.catch(() => this.#tokens.delete(email));
    return token;
  }
}

function codeIn(text: string): string {
  try {
    return (JSON.parse(text) as { readonly code: string }).code; // a problem document
  } catch {
    return "";
  }
}
