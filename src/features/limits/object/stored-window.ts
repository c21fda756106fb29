/** The sliding window of one object, on its storage: each change is written, so an eviction loses no entry. */
import { addToWindow, removeFromWindow, type WindowLog, type WindowRule, type WindowState } from "../bucket/window.ts";

const LOG_KEY = "log";
const RULE_KEY = "log-rule";

type Storage = Pick<SyncKvStorage, "get" | "put" | "delete">;

export interface StoredWindow {
  /** Adds all of `count` entries at `now` (epoch ms), or none. */
  add(rule: WindowRule, now: number, count: number): WindowState;
  /** Removes `count` of the entries that were added at `at`. */
  remove(rule: WindowRule, count: number, at: number): void;
  read(rule: WindowRule, now: number): WindowState;
  clear(): void;
  /** Epoch milliseconds from which the window is empty; 0 if it has no entry. */
  emptyAt(): number;
}

export function createStoredWindow(storage: Storage): StoredWindow {
  const readLog = () => storage.get<WindowLog>(LOG_KEY) ?? [];

  function write(log: WindowLog, rule: WindowRule): void {
    storage.put(LOG_KEY, log);
    storage.put(RULE_KEY, rule);
  }

  return {
    add(rule, now, count) {
      const { log, state } = addToWindow(readLog(), rule, now, count);
      if (state.waitMs === 0) write(log, rule);
      return state;
    },
    remove: (rule, count, at) => write(removeFromWindow(readLog(), count, at), rule),
    read: (rule, now) => addToWindow(readLog(), rule, now, 0).state,
    clear: () => void storage.delete(LOG_KEY),
    emptyAt: () => (readLog().at(-1) ?? 0) + (storage.get<WindowRule>(RULE_KEY)?.windowMs ?? 0),
  };
}
