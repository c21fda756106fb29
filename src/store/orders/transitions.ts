/**
 * The steps of an order's life. Each starts from the state that was read, which its batch asserts: of two steps at once
 * one is taken, and the other is judged by the state that this one left. No step can follow itself, so none is ever
 * taken twice by trying again.
 */
import type { ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import { isAt, updateRow } from "#core/data/collection.ts";
import { commit, type Guard } from "#core/data/commit.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { answerOf, currentOf } from "#features/resources/versioned.ts";
import { moveStock } from "#store/products/queries.ts";
import type { Order } from "./contract.ts";
import { ORDER, type ShownOrder } from "./order.ts";
import { findOrder, orders } from "./queries.ts";
import { type OrderStatus, type OrderStep, statusAfter, stepsFrom } from "./states.ts";

type OneOrder = { readonly id: string };
type StepCall = Call<OneOrder, unknown, undefined, Current<Order>>;

/** Beyond that many, something else is wrong than bad luck. */
const MAX_ATTEMPTS = 3;

export async function currentOrder(call: Call<OneOrder, unknown, undefined>): Promise<Current<Order> | null> {
  return currentOf(ORDER, await findOrder(call.database, call.params.id));
}

/**
 * Takes the step. What belongs to it is written with it: a cancelled order gives its units back.
 *
 * @throws invalid-transition, precondition-failed where the request names the state it starts from and that is no more,
 * service-unavailable where the order changed at every attempt
 */
export function takeStep(step: OrderStep): (call: StepCall) => Promise<ResourceAnswer> {
  return async function takeStepOfOrder(call) {
    let current: Current<Order> = call.current;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const row = after(current, step, call.now);
      if (await isWritten(call, current, row)) return answerOf(ORDER, row, 200);
      const present = await currentOrder(call);
      if (present === null) throw problem("not-found");
      current = present;
    }
    throw problem("service-unavailable", { headers: { "Retry-After": "1" } });
  };
}

/** The order behind the step. @throws invalid-transition */
function after({ members, version }: Current<Order>, step: OrderStep, now: number): ShownOrder {
  const status = statusAfter(members.status, step);
  if (status === undefined) throw invalidTransition(members.status, step);
  return {
    id: members.id,
    userId: members.user_id,
    addressId: members.address_id,
    status,
    totalAmount: members.total.amount,
    totalCurrency: members.total.currency,
    version: version + 1,
    createdAt: Date.parse(members.created_at),
    updatedAt: Math.max(now, Date.parse(members.updated_at)),
    items: members.items.map(({ product_id, quantity, unit_price }, position) => ({
      position,
      productId: product_id,
      quantity,
      unitPriceAmount: unit_price.amount,
    })),
  };
}

/** False where the order is not any more in the state that the step starts from. */
async function isWritten(call: StepCall, current: Current<Order>, order: ShownOrder): Promise<boolean> {
  const { database, now } = call;
  const { id, status, version, updatedAt, items } = order;
  let isOutdated = false;
  const unchanged: Guard = {
    condition: isAt(orders, id, current.version),
    refusal: (cause) => {
      isOutdated = true;
      return problem("precondition-failed", { cause });
    },
  };
  try {
    await commit(database, {
      guards: [unchanged],
      statements: [
        updateRow(database, orders, id, { status, version, updatedAt }),
        ...(status === "cancelled" ? [moveStock(database, items, now)] : []),
      ],
    });
    return true;
  } catch (failure) {
    // Who named the state it starts from is told that it is no more.
    const isNamed = call.header("If-Match") !== undefined || call.header("If-Unmodified-Since") !== undefined;
    if (isOutdated && !isNamed) return false;
    throw failure;
  }
}

function invalidTransition(status: OrderStatus, step: OrderStep): Problem {
  const possible = stepsFrom(status);
  const hint =
    possible.length === 0 ? "Nothing can be done with it any more." : `Possible now: ${possible.join(", ")}.`;
  return problem("invalid-transition", {
    detail: `An order that is ${status} cannot take the step \`${step}\`. ${hint}`,
  });
}
