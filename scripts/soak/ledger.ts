/** Records the intents of a soak's clients, the final responses, and the counts of refusals and lost responses. */

export type Step = "pay" | "cancel" | "refund";

/** An effect that a client wants exactly once, and its idempotency key. */
export interface Intent {
  readonly kind: "place" | Step;
  readonly key: string;
  /** The sender. */
  readonly email: string;
  readonly path: string;
  readonly body?: unknown;
  /** The order of a transition. */
  readonly orderId?: string;
}

/** The final response to an intent. */
export interface Outcome {
  readonly kind: Intent["kind"];
  readonly key: string;
  readonly isAccepted: boolean;
  readonly status: number;
  /** The order that it concerns; empty if the order was not placed. */
  readonly orderId: string;
}

export class Ledger {
  readonly #outcomes = new Map<string, Outcome>();
  readonly #open = new Map<string, Intent>();
  readonly #counts = new Map<string, number>();
  readonly #faults: string[] = [];

  intend(intent: Intent): void {
    this.#open.set(intent.key, intent);
  }

  /** Two final responses for one key must be the same. */
  record(outcome: Outcome): void {
    const before = this.#outcomes.get(outcome.key);
    this.#open.delete(outcome.key);
    this.#outcomes.set(outcome.key, before ?? outcome);
    if (before === undefined || (before.status === outcome.status && before.orderId === outcome.orderId)) return;
    this.fault(
      `${outcome.key}: received ${before.status} ${before.orderId}, then ${outcome.status} ${outcome.orderId}`,
    );
  }

  fault(line: string): void {
    this.#faults.push(line);
  }

  count(name: string): void {
    this.#counts.set(name, this.countOf(name) + 1);
  }

  countOf(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  get outcomes(): readonly Outcome[] {
    return [...this.#outcomes.values()];
  }

  /** The intents without a final response. */
  get open(): readonly Intent[] {
    return [...this.#open.values()];
  }

  get faults(): readonly string[] {
    return this.#faults;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
