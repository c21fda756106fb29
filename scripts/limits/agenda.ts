/** Simulated events in the order of their time, and in the order of insertion if they have the same time. */
export interface Agenda {
  readonly now: () => number;
  at(time: number, run: () => void): void;
  /** Runs the next event and returns true. Returns false if there is none before `until`. */
  step(until: number): boolean;
}

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly run: () => void;
}

/** An agenda that starts at time 0, in milliseconds. It is a binary heap. */
export function createAgenda(): Agenda {
  const heap: Entry[] = [];
  let order = 0;
  let now = 0;

  const isBefore = (one: Entry, other: Entry) =>
    one.time < other.time || (one.time === other.time && one.order < other.order);

  function rise(index: number, entry: Entry): void {
    let at = index;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  function sink(entry: Entry): void {
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const isRight = right !== undefined && left !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !isBefore(child, entry)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = entry;
  }

  return {
    now: () => now,
    at(time, run) {
      order += 1;
      rise(heap.length, { time, order, run });
    },
    step(until) {
      const [next] = heap;
      if (next === undefined || next.time >= until) return false;
      const last = heap.pop();
      if (last !== undefined && last !== next) sink(last);
      now = next.time;
      next.run();
      return true;
    },
  };
}
