/**
 * The steps of an order's life. Each starts from the state that was read, which its batch asserts: of two steps at once
 * one is taken, and the other is judged by the state that this one left. No step can follow itself, so none is ever
 * taken twice by trying again. Money that a step moves is an entry of the ledger, in the same batch.
 */
import type { ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import { isAt, updateRow } from "#core/data/collection.ts";
import { commitAndRead, type Guard } from "#core/data/commit.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { callerAccountId } from "#features/identity/accounts/caller.ts";
import { answerOf, currentOf } from "#features/resources/versioned.ts";
import { moveStock } from "#store/products/queries.ts";
import { addressQuery, CLOSED, closeOrder } from "./closing-queries.ts";
import { hasExpired, type Order } from "./contract.ts";
import { appendEntry, type LedgerEntry } from "./ledger-queries.ts";
import { ORDER, type ShownOrder } from "./order.ts";
import { findOrder, orders } from "./queries.ts";
import { type OrderStatus, type OrderStep, statusAfter, stepsFrom } from "./states.ts";

type OneOrder = { readonly id: string };
type StepCall = Call<OneOrder, unknown, undefined, Current<Order>>;

/** Money that a step moves. */
type Movement = Pick<LedgerEntry, "kind" | "step" | "amount">;

/** Beyond that many, something else is wrong than bad luck. */
const MAX_ATTEMPTS = 3;

export async function currentOrder(call: Call<OneOrder, unknown, undefined>): Promise<Current<Order> | null> {
  return currentOf(ORDER, await findOrder(call.database, call.params.id));
}

/**
 * Takes the step, with its consequences: a payment pays the whole order, a cancelled order returns its units to stock, and
 * an order that was paid is refunded when it is cancelled or refunded.
 *
 * @throws invalid-transition, also for the payment of an order that has expired; precondition-failed when the request
 * names a state that is no longer the current one; service-unavailable when the order changed at every attempt
 */
export function takeStep(step: OrderStep): (call: StepCall) => Promise<ResourceAnswer> {
  return async function takeStepOfOrder(call) {
    let current: Current<Order> = call.current;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const row = await written(call, current, step);
      if (row !== undefined) return answerOf(ORDER, row, 200);
      const present = await currentOrder(call);
      if (present === null) throw problem("not-found");
      current = present;
    }
    throw problem("service-unavailable", { headers: { "Retry-After": "1" } });
  };
}

/** What the step pays or refunds. Only a step from `paid` or later finds something to refund. */
function movementOf(step: OrderStep, { total, amount_paid, status }: Order): Movement | undefined {
  if (step === "pay") return { kind: "payment", step, amount: total.amount };
  const isRefund = step === "refund" || (step === "cancel" && status === "paid");
  return isRefund ? { kind: "refund", step, amount: amount_paid.amount } : undefined;
}

/** The order after the step. @throws invalid-transition */
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

/** Writes the step. Undefined when the order is no longer in the state that it starts from. @throws invalid-transition */
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
    // The order first: units leave the open orders before they return to stock, so that both never exceed the maximum.
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
    // Whether the owner's account is deleted is decided in the batch.
    const [[kept]] = await commitAndRead(database, write, [addressQuery(database, id)]);
    return { ...order, shippingAddress: kept?.shippingAddress ?? null };
  } catch (failure) {
    // A request that names the state it starts from fails when that is no longer the current one.
    const isNamed = call.header("If-Match") !== undefined || call.header("If-Unmodified-Since") !== undefined;
    if (isOutdated && !isNamed) return undefined;
    throw failure;
  }
}

function invalidTransition(status: OrderStatus, step: OrderStep): Problem {
  const possible = stepsFrom(status);
  const hint = possible.length === 0 ? "No step is possible any more." : `Possible now: ${possible.join(", ")}.`;
  return problem("invalid-transition", {
    detail: `An order that is ${status} cannot take the step \`${step}\`. ${hint}`,
  });
}

function expired(expiresAt: string | undefined): Problem {
  return problem("invalid-transition", {
    detail: `The order was not paid before ${expiresAt}, when it expired. It is about to be cancelled; its units return to stock.`,
  });
}
