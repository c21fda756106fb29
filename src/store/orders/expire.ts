/**
 * Expires unpaid orders at their deadlines. Each batch cancels orders and returns their units to stock. A guard asserts
 * that none of them was paid, cancelled or expired in the meantime, and a batch that lost a race is read again. So each
 * unit returns to stock exactly once, and after a crash the next run expires the remaining orders.
 */
import { commit } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { problem } from "#core/http/problem.ts";
import { moveStock } from "#store/products/queries.ts";
import { type ExpiredLine, expireOrders, findExpired, haveExpired } from "./closing-queries.ts";

/** The orders of one batch. */
const BATCH = 25;
/** The batches of one run. The next run handles the remaining orders. */
const MAX_BATCHES = 20;

/** Cancels at most 500 orders whose deadline has passed, the earliest first. Returns the number of cancelled orders. */
export async function expireUnpaid({ database, now }: { readonly database: Database; readonly now: number }) {
  let expired = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const lines = await findExpired(database, now, BATCH);
    if (lines.length === 0) break;
    const ids = [...new Set(lines.map(({ orderId }) => orderId))];
    if (await isWritten(database, ids, lines, now)) expired += ids.length;
  }
  return expired;
}

/** False if an order of the batch changed after it was read. */
async function isWritten(database: Database, ids: readonly string[], lines: readonly ExpiredLine[], now: number) {
  let isOutdated = false;
  try {
    await commit(database, {
      guards: [
        {
          condition: haveExpired(ids, now),
          refusal: (cause) => {
            isOutdated = true;
            return problem("conflict", { cause });
          },
        },
      ],
      // The orders first: units leave the open orders before they return to stock, so the sum of both never exceeds the
      // maximum.
      statements: [expireOrders(database, ids, now), moveStock(database, unitsOf(lines), now)],
    });
    return true;
  } catch (failure) {
    if (isOutdated) return false;
    throw failure;
  }
}

function unitsOf(lines: readonly ExpiredLine[]) {
  const byProduct = Map.groupBy(lines, ({ productId }) => productId);
  return Array.from(byProduct, ([productId, units]) => ({
    productId,
    quantity: units.reduce((sum, { quantity }) => sum + quantity, 0),
  }));
}
