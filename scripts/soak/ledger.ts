/** What the clients of a soak intended, what they were told, and how often they were refused or heard nothing. */

export type Step = "pay" | "cancel" | "refund";

/** An effect that a client wants once, with the key that names it. */
export interface Intent {
  readonly kind: "place" | Step;
  readonly key: string;
  /** Who sends it. */
  readonly email: string;
  readonly path: string;
  readonly body?: unknown;
  /** Of a step. */
  readonly orderId?: string;
}

/** The answer for good to an intent. */
export interface Told {
  readonly kind: Intent["kind"];
  readonly key: string;
  readonly isAccepted: boolean;
  readonly status: number;
  /** Of the order that it is about; empty for one that was not placed. */
  readonly orderId: string;
}

export class Ledger {
  readonly #told = new Map<string, Told>();
  readonly #open = new Map<string, Intent>();
  readonly #counts = new Map<string, number>();
  readonly #faults: string[] = [];

  intend(intent: Intent): void {
    this.#open.set(intent.key, intent);
  }

  /** Two answers for good to one key must be the same. */
  tell(telling: Told): void {
    const before = this.#told.get(telling.key);
    this.#open.delete(telling.key);
    this.#told.set(telling.key, before ?? telling);
    if (before === undefined || (before.status === telling.status && before.orderId === telling.orderId)) return;
    this.fault(`${telling.key}: told ${before.status} ${before.orderId}, then ${telling.status} ${telling.orderId}`);
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

  get told(): readonly Told[] {
    return [...this.#told.values()];
  }

  /** Those that were never answered for good. */
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
