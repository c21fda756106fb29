/** The limiter's interface to one bucket or one window, which both kinds of account share. */

/** One policy and key as this isolate accounts for it, opened for one request. */
export interface Account {
  /** A refusal that needs no call, because the isolate remembers it. */
  knownRefusal(cost: number): Outcome | undefined;
  /** Takes `cost` whole tokens or entries, or none. Never rejects. */
  take(cost: number): Promise<Outcome>;
  /** Gives back what was taken, after the response if a call is needed. `takenAt` is the outcome's `at`. */
  giveBack(cost: number, takenAt?: number): void;
  /** Reads the state from the object. False if the object does not respond. */
  refresh(): Promise<boolean>;
  /** The state as the isolate knows it. */
  state(): AccountState;
}

export interface AccountState {
  /** Whole tokens or entries. */
  readonly remaining: number;
  /** Epoch milliseconds at which all of them are available again. */
  readonly resetMs: number;
}

export type Outcome =
  /** `at`: the time of a window's entries. */
  | { readonly kind: "taken"; readonly from: "lease" | "object"; readonly at?: number }
  | { readonly kind: "refused"; readonly waitMs: number; readonly by: "remembered" | "object" }
  /** The object did not respond. `alone`: the result of the isolate's own fallback bucket, if it has one. */
  | { readonly kind: "failed"; readonly alone?: { readonly waitMs: number; readonly state: AccountState } };

/** How an account reaches its object. */
export interface Connection<Client> {
  /** Epoch milliseconds of the isolate's clock. */
  now(): number;
  /** The object that counts, or the one that serves this location. */
  client(useLocation: boolean): Client;
  /** Continues `work` after the response. */
  defer(work: Promise<unknown>): void;
}

/** The longest wait for an object. */
export const OBJECT_TIMEOUT_MS = 2000;

/** How long a remembered refusal is applied without another call. */
export const REMEMBERED_MS = 1000;
