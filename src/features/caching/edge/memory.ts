/**
 * The entries in the memory of this isolate: the latest one of each variant, with the least recently used evicted
 * first. An entry is found only by its tag, so it can be unused but never stale.
 */
import { type Entry, sizeOf } from "./entry.ts";

/** One eighth of the memory of an isolate. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface EntryMemory {
  /** Whether an entry of the variant is stored, in any state. */
  knows(variant: string): boolean;
  get(variant: string, tag: string): Entry | undefined;
  set(variant: string, tag: string, entry: Entry): void;
}

export function rememberEntries(maxBytes = MAX_BYTES): EntryMemory {
  const remembered = new Map<string, { readonly tag: string; readonly entry: Entry }>();
  let bytes = 0;

  function forget(variant: string): void {
    const known = remembered.get(variant);
    if (known === undefined) return;
    remembered.delete(variant);
    bytes -= sizeWith(variant, known.entry);
  }

  return {
    knows: (variant) => remembered.has(variant),
    get(variant, tag) {
      const known = remembered.get(variant);
      if (known?.tag !== tag) return undefined;
      // The last in insertion order is the most recently used.
      remembered.delete(variant);
      remembered.set(variant, known);
      return known.entry;
    },
    set(variant, tag, entry) {
      forget(variant);
      remembered.set(variant, { tag, entry });
      bytes += sizeWith(variant, entry);
      for (const oldest of remembered.keys()) {
        if (bytes <= maxBytes) break;
        forget(oldest);
      }
    },
  };
}

/** Counts the variant too, because a URL can be longer than its response. */
function sizeWith(variant: string, entry: Entry): number {
  return sizeOf(entry) + 2 * variant.length;
}
