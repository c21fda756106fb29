/**
 * How many requests of one principal are worked on at a time. Counted in one isolate, since what it protects is the
 * isolate's own memory and time, and asking another object would cost each request more than the cap is worth: a
 * principal whose requests reach n isolates can have n times as many. A slot is free again when the answer is made.
 */
export interface Slots {
  /** Takes a slot, which the function that it gives frees; undefined where none is left. */
  take(key: string, most: number): (() => void) | undefined;
}

export function countSlots(): Slots {
  const taken = new Map<string, number>();
  return {
    take(key, most) {
      const count = taken.get(key) ?? 0;
      if (count >= most) return undefined;
      taken.set(key, count + 1);
      return () => {
        const left = (taken.get(key) ?? 1) - 1;
        if (left === 0) taken.delete(key);
        else taken.set(key, left);
      };
    },
  };
}
