/** The sliding window of one object, on its storage. Each change is written, so an eviction loses no entry. */
import { addToWindow, removeFromWindow, type WindowLog, type WindowRule, type WindowState } from "../bucket/window.ts";

const LOG_KEY = "log";
const RULE_KEY = "log-rule";

export class StoredWindow {
  readonly #storage: SyncKvStorage;

  constructor(storage: SyncKvStorage) {
    this.#storage = storage;
  }

  /** Adds all of `count` entries at `now` (epoch ms), or none. */
  add(rule: WindowRule, now: number, count: number): WindowState {
    const { log, state } = addToWindow(this.#read(), rule, now, count);
    if (state.waitMs === 0 && count > 0) this.#write(log, rule);
    return state;
  }

  /** Removes `count` of the entries that were added at `at`. */
  remove(rule: WindowRule, count: number, at: number): void {
    this.#write(removeFromWindow(this.#read(), count, at), rule);
  }

  clear(): void {
    this.#storage.delete(LOG_KEY);
  }

  /** Epoch milliseconds from which the window is empty; 0 if it has no entry. */
  emptyAt(): number {
    return (this.#read().at(-1) ?? 0) + (this.#storage.get<WindowRule>(RULE_KEY)?.windowMs ?? 0);
  }

  #read(): WindowLog {
    return this.#storage.get<WindowLog>(LOG_KEY) ?? [];
  }

  #write(log: WindowLog, rule: WindowRule): void {
    this.#storage.put(LOG_KEY, log);
    this.#storage.put(RULE_KEY, rule);
  }
}
