/**
 * The transitions of an order. Each starts from a state that its batch asserts, so of two concurrent transitions one
 * wins and the other is checked against the new state. No transition is allowed twice in a row, so a retry never
 * repeats one. If a transition moves money, its batch also writes a ledger entry.
 */
import type { ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import { isAt, updateRow } from "#core/data/collection.ts";
import { commitAndRead, type Guard } from "#core/data/commit.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { callerAccountId } from "#features/identity/accounts/caller.ts";
import { currentRow } from "#features/resources/collections/handlers.ts";
import { answerOf } from "#features/resources/versioned.ts";
import { moveStock } from "#store/products/queries.ts";
import { addressQuery, CLOSED, closeOrder } from "./closing-queries.ts";
import { orderCollection } from "./collection.ts";
import { hasExpired, type Order } from "./contract.ts";
import { appendEntry, type LedgerEntry } from "./ledger-queries.ts";
import { ORDER, type ShownOrder } from "./order.ts";
import { orders } from "./queries.ts";
import { type OrderStatus, type OrderStep, statusAfter, stepsFrom } from "./states.ts";

type OneOrder = { readonly id: string };
type StepCall = Call<OneOrder, unknown, undefined, Current<Order>>;

/** Money that a transition moves. */
type Movement = Pick<LedgerEntry, "kind" | "step" | "amount">;

/** More failed attempts than this indicate a problem other than contention. */
const MAX_ATTEMPTS = 3;

/**
 * Makes the transition with its effects. A payment pays the whole order, and a cancellation returns the units to stock.
 * Cancelling or refunding a paid order refunds the payment.
 *
 * @throws invalid-transition, also for the payment of an expired order; precondition-failed if the request names a
 * state that is no longer current; service-unavailable if the order changed at every attempt
 */
export function takeStep(step: OrderStep): (call: StepCall) => Promise<ResourceAnswer> {
  return async function takeStepOfOrder(call) {
    let current: Current<Order> = call.current;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const row = await written(call, current, step);
      if (row !== undefined) return answerOf(ORDER, row, 200);
      const present = await currentRow(orderCollection, call, call.params.id);
      if (present === null) throw problem("not-found");
      current = present;
    }
    throw problem("service-unavailable", { headers: { "Retry-After": "1" } });
  };
}

/** The payment or refund of the transition. Only a transition from `paid` or later has money to refund. */
function movementOf(step: OrderStep, { total, amount_paid, status }: Order): Movement | undefined {
  if (step === "pay") return { kind: "payment", step, amount: total.amount };
  const isRefund = step === "refund" || (step === "cancel" && status === "paid");
  return isRefund ? { kind: "refund", step, amount: amount_paid.amount } : undefined;
}

/** The order after the transition. @throws invalid-transition */
function after({ members, version }: Current<Order>, step: OrderStep, now: number): ShownOrder {
  const status = statusAfter(members.status, step);
  if (status === undefined) throw invalidTransition(members.status, step);
  if (step === "pay" && hasExpired(members.expires_at, now)) throw expired(members.expires_at);
  const movement = movementOf(step, members);
  return {
    id: members.id,
    userId: members.user_id,
    addressId: members.address_id,
    shippingAddress: members.shipping_address ?? null,
    status,
    totalAmount: members.total.amount,
    totalCurrency: members.total.currency,
    amountPaid: movement?.kind === "payment" ? movement.amount : members.amount_paid.amount,
    amountRefunded: movement?.kind === "refund" ? movement.amount : members.amount_refunded.amount,
    expiresAt: null,
    version: version + 1,
    createdAt: Date.parse(members.created_at),
    updatedAt: Math.max(now, Date.parse(members.updated_at)),
    items: members.items.map(({ product_id, product_name, quantity, unit_price }, position) => ({
      position,
      productId: product_id,
      productName: product_name,
      quantity,
      unitPriceAmount: unit_price.amount,
    })),
  };
}

/**
 * Writes the transition. Undefined if the order is no longer in the state that it starts from. @throws
 * invalid-transition
 */
async function written(call: StepCall, current: Current<Order>, step: OrderStep): Promise<ShownOrder | undefined> {
  const { database, now, principal } = call;
  const order = after(current, step, now);
  const { id, status, version, updatedAt, items } = order;
  const change = { status, version, updatedAt };
  const movement = movementOf(step, current.members);
  const isClosed = CLOSED.includes(status);
  let isOutdated = false;
  const unchanged: Guard = {
    condition: isAt(orders, id, current.version),
    refusal: (cause) => {
      isOutdated = true;
      return problem("precondition-failed", { cause });
    },
  };
  const write = {
    guards: [unchanged],
    // The order first: units leave the open orders before they return to stock, so the sum of both never exceeds the
    // maximum.
    statements: [
      isClosed ? closeOrder(database, id, change) : updateRow(database, orders, id, change),
      ...(movement === undefined
        ? []
        : [appendEntry(database, { ...movement, orderId: id, actorId: callerAccountId(principal), now: updatedAt })]),
      ...(status === "cancelled" ? [moveStock(database, items, now)] : []),
    ],
  };
  try {
    if (!isClosed) {
      await commitAndRead(database, write, []);
      return order;
    }
    // The batch decides whether the owner's account is deleted.
    const [[kept]] = await commitAndRead(database, write, [addressQuery(database, id)]);
    return { ...order, shippingAddress: kept?.shippingAddress ?? null };
  } catch (failure) {
    // A request that names a state with a precondition fails if that state is no longer current.
    const isNamed = call.header("If-Match") !== undefined || call.header("If-Unmodified-Since") !== undefined;
    if (isOutdated && !isNamed) return undefined;
    throw failure;
  }
}

function invalidTransition(status: OrderStatus, step: OrderStep): Problem {
  const possible = stepsFrom(status);
  const hint = possible.length === 0 ? "No further transition is possible." : `Possible now: ${possible.join(", ")}.`;
  return problem("invalid-transition", {
    detail: `An order in the state \`${status}\` does not allow \`${step}\`. ${hint}`,
  });
}

function expired(expiresAt: string | undefined): Problem {
  return problem("invalid-transition", {
    detail: `The order expired at ${expiresAt} because it was not paid in time. It will be cancelled and its items returned to stock.`,
  });
}
