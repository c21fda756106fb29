/**
 * A count of requests in progress. No request counts for much longer than a minute, because the platform may end one
 * silently when its client disconnects. Requests are counted by the ten seconds in which they began, so reading the
 * count costs the same for any number. `now` is an argument in epoch milliseconds.
 */
export interface ActiveRequests {
  count(now: number): number;
  /** Whether the last count was 0. */
  isIdle(): boolean;
  /** Adds a request, until the returned function is called. */
  begin(now: number): () => void;
}

const PERIOD_MS = 10_000;

/** How long a request counts at most, plus the rest of a period. Twice as long as the platform keeps an abandoned one. */
export const MAX_ACTIVE_MS = 60_000;

const PERIODS = MAX_ACTIVE_MS / PERIOD_MS;

interface Period {
  readonly number: number;
  begun: number;
}

export function createActiveRequests(): ActiveRequests {
  let periods: readonly Period[] = [];
  let current: Period | undefined;
  let total = 0;

  /** The period of `now`. Forgets periods far from it, also those ahead of a clock that stepped back. */
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
