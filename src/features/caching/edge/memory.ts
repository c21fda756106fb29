/**
 * Entries that this isolate remembers: of each variant the one that was kept last, the least recently used forgotten
 * first. An entry is found only by the tag it was kept under, so that it is never old, only unused.
 */
import { type Entry, sizeOf } from "./entry.ts";

/** An eighth of what an isolate has. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface EntryMemory {
  /** Whether some state of the variant is remembered. */
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
      // Last in the order of insertion: most recently used.
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

/** A URL can be longer than what it gives. */
function sizeWith(variant: string, entry: Entry): number {
  return sizeOf(entry) + 2 * variant.length;
}
