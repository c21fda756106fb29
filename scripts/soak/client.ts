/**
 * A client as clients should be: it sends an intent under its key until it has an answer for good, and waits as it is
 * told. It also is one that hangs up in the middle of its request.
 */
import { setTimeout } from "node:timers/promises";
import { DEMO_PASSWORD } from "../seed/demo.ts";
import { tokenOfPerson } from "../token/obtain.ts";
import type { Intent, Ledger, Told } from "./ledger.ts";

/** Where nobody answers, the service is dead or being started. */
const UNANSWERED_PAUSE_MS = 250;

/** A key is answered for good within its lease of 30 seconds, and a service that was killed takes some to start. */
const PATIENCE_MS = 120_000;

/** Tokens live for ten minutes. */
const TOKEN_MS = 5 * 60_000;

/** `told`: the answer for good. `waitMs`: when to ask again, where there is none. */
type Heard = { readonly told: Told } | { readonly waitMs: number };

export class Client {
  readonly #origin: string;
  readonly #ledger: Ledger;
  readonly #tokens = new Map<string, { readonly token: Promise<string>; readonly until: number }>();

  constructor(origin: string, ledger: Ledger) {
    this.#origin = origin;
    this.#ledger = ledger;
  }

  /** Sends the intent until it is answered for good. Undefined, and a fault, where that takes too long. */
  async carryThrough(intent: Intent): Promise<Told | undefined> {
    const told = await this.tryFor(intent, PATIENCE_MS);
    if (told === undefined) {
      this.#ledger.fault(`${intent.key}: no answer for good within ${PATIENCE_MS / 1000} seconds`);
    }
    return told;
  }

  /** The same for so long, or for as long as a wait takes that has begun by then. Undefined where it is left open. */
  async tryFor(intent: Intent, patienceMs: number): Promise<Told | undefined> {
    const until = performance.now() + patienceMs;
    while (performance.now() < until) {
      const heard = await this.send(intent);
      if ("told" in heard) return heard.told;
      await setTimeout(heard.waitMs);
    }
    return undefined;
  }

  /** Sends the intent once; `hangUpAfterMs`: does not wait for its answer any longer. */
  async send(intent: Intent, hangUpAfterMs?: number): Promise<Heard> {
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
    const heard = this.#read(intent, response, text);
    if ("told" in heard) this.#ledger.tell(heard.told);
    return heard;
  }

  #read({ kind, key, email, orderId = "" }: Intent, response: Response, text: string): Heard {
    const { status, headers } = response;
    if (headers.get("Idempotent-Replayed") === "true") this.#ledger.count("replays");
    if (response.ok) {
      const { id } = JSON.parse(text) as { readonly id: string }; // an order
      return { told: { kind, key, status, isAccepted: true, orderId: id } };
    }
    const code = codeIn(text);
    if (code === "OUT_OF_STOCK" || code === "INVALID_TRANSITION") {
      this.#ledger.count(code === "OUT_OF_STOCK" ? "out of stock" : "invalid transition");
      return { told: { kind, key, status, isAccepted: false, orderId } };
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
