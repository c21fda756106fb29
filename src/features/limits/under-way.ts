/**
 * How many requests are under way. Guarantees that none counts for longer than a little over a minute, whatever became of
 * it: where a client hangs up, the platform may end its request without a word. Counted by the ten seconds in which they
 * began, so that a look costs the same however many there are. No clock: `now` is passed in, in epoch milliseconds.
 */
export interface UnderWay {
  count(now: number): number;
  /** Whether none was there when last looked at. */
  isIdle(): boolean;
  /** One more, until the function that it gives is called. */
  begin(now: number): () => void;
}

const PERIOD_MS = 10_000;

/** So long a request counts, and on to the end of a period: twice as long as the platform keeps one that nobody waits for. */
export const LONGEST_MS = 60_000;

const PERIODS = LONGEST_MS / PERIOD_MS;

interface Period {
  readonly number: number;
  begun: number;
}

export function countUnderWay(): UnderWay {
  let periods: readonly Period[] = [];
  let current: Period | undefined;
  let total = 0;

  /** The period of `now`. One that is too far from it, also ahead of a clock that has stepped back, is forgotten. */
  function periodAt(now: number): Period {
    const number = Math.floor(now / PERIOD_MS);
    if (current?.number === number) return current;
    periods = periods.filter((period) => period.begun > 0 && Math.abs(number - period.number) <= PERIODS);
    const found = periods.find((period) => period.number === number) ?? { number, begun: 0 };
    if (!periods.includes(found)) periods = [...periods, found];
    total = periods.reduce((sum, { begun }) => sum + begun, 0);
    current = found;
    return found;
  }

  return {
    count(now) {
      periodAt(now);
      return total;
    },

    isIdle: () => total === 0,

    begin(now) {
      const period = periodAt(now);
      period.begun += 1;
      total += 1;
      return function end() {
        period.begun -= 1;
        if (periods.includes(period)) total -= 1;
      };
    },
  };
}
