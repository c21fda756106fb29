/**
 * Placing an order: at the prices of this moment, out of the stock of this moment, or not at all. What was read is
 * asserted in the batch that writes; where it had changed in between, it is read again, a bounded number of times.
 */
import type { z } from "@hono/zod-openapi";
import type { ResourceAnswer } from "#core/contract/answer.ts";
import type { Call } from "#core/contract/endpoint.ts";
import { commit, type Guard } from "#core/data/commit.ts";
import { type Problem, problem, type RequestFault } from "#core/http/problem.ts";
import { callerAccountId, callerHasAccount } from "#features/identity/accounts/caller.ts";
import { answerOf } from "#features/resources/versioned.ts";
import { isOwnAddress, ownAddressQuery } from "#store/addresses/queries.ts";
import { areInStock, haveCosts, moveStock, offersQuery } from "#store/products/queries.ts";
import type { OrderInput } from "./contract.ts";
import { ORDER, type ShownOrder } from "./order.ts";
import { insertOrder, type StoredItem } from "./queries.ts";

type PlaceCall = Call<unknown, unknown, z.output<typeof OrderInput>>;

/** Beyond that many, something else is wrong than bad luck. */
const MAX_ATTEMPTS = 3;

/**
 * The id is the same in every attempt, so that two of them can never both be made.
 *
 * @throws validation-error for a product that is not there or an address that is not one's own; out-of-stock; forbidden
 * for who has no account; service-unavailable where prices or stock changed at every attempt
 */
export async function placeOrder(call: PlaceCall): Promise<ResourceAnswer> {
  const id = call.newId("ord");
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const order = await price(call, id);
    if (await isWritten(call, order)) return answerOf(ORDER, order, 201);
  }
  // A failure that passes must not be kept for the request's key, as a refusal would be.
  throw problem("service-unavailable", {
    detail: "Prices or stock changed again and again while the order was being placed. Nothing was ordered.",
    headers: { "Retry-After": "1" },
  });
}

/** The order as it would be now. @throws validation-error, out-of-stock */
async function price({ body, principal, database, now }: PlaceCall, id: string): Promise<ShownOrder> {
  const userId = callerAccountId(principal);
  const [offers, [address]] = await database.orm.batch([
    offersQuery(
      database,
      body.items.map(({ product_id }) => product_id),
    ),
    ownAddressQuery(database, body.address_id, userId),
  ]);
  const byId = new Map(offers.map((offer) => [offer.id, offer]));
  const faults = body.items.flatMap(({ product_id }, index) => (byId.has(product_id) ? [] : [unknownProduct(index)]));
  if (address === undefined) faults.push(UNKNOWN_ADDRESS);
  if (faults.length > 0) throw invalid(faults);
  const scarce = body.items.flatMap((item, index) => {
    const { stock = 0 } = byId.get(item.product_id) ?? {};
    return stock < item.quantity ? [tooFew(index, stock)] : [];
  });
  if (scarce.length > 0) throw problem("out-of-stock", { detail: detailOf(scarce), errors: scarce });
  const items = body.items.map(
    (item, position): StoredItem => ({
      position,
      productId: item.product_id,
      quantity: item.quantity,
      unitPriceAmount: byId.get(item.product_id)?.priceAmount ?? 0, // there is one: all were found
    }),
  );
  return {
    id,
    userId,
    addressId: body.address_id,
    status: "placed",
    totalAmount: items.reduce((sum, { quantity, unitPriceAmount }) => sum + quantity * unitPriceAmount, 0),
    totalCurrency: "USD",
    version: 1,
    createdAt: now,
    updatedAt: now,
    items,
  };
}

/** False where prices or stock are not any more what they were. */
async function isWritten({ database, now, principal }: PlaceCall, order: ShownOrder): Promise<boolean> {
  const { id, userId, addressId, items } = order;
  let isOutdated = false;
  const outdated = (condition: Guard["condition"]): Guard => ({
    condition,
    refusal: (cause) => {
      isOutdated = true;
      return problem("conflict", { cause });
    },
  });
  const taken = items.map(({ productId, quantity }) => ({ productId, quantity: -quantity }));
  try {
    await commit(database, {
      resourceId: id,
      guards: [
        callerHasAccount(principal),
        { condition: isOwnAddress(addressId, userId), refusal: (cause) => invalid([UNKNOWN_ADDRESS], cause) },
        outdated(haveCosts(items)),
        outdated(areInStock(items)),
      ],
      statements: [...insertOrder(database, order), moveStock(database, taken, now)],
    });
    return true;
  } catch (failure) {
    if (isOutdated) return false;
    throw failure;
  }
}

const UNKNOWN_ADDRESS: RequestFault = {
  pointer: "#/address_id",
  code: "unknown",
  detail: "`address_id` is none of one's own addresses.",
};

function unknownProduct(index: number): RequestFault {
  return { pointer: `#/items/${index}/product_id`, code: "unknown", detail: "`product_id` is of no product." };
}

function tooFew(index: number, stock: number): RequestFault {
  return { pointer: `#/items/${index}/quantity`, code: "out-of-stock", detail: `There are ${stock} units left.` };
}

function invalid(errors: readonly RequestFault[], cause?: unknown): Problem {
  return problem("validation-error", { detail: detailOf(errors), errors, cause });
}

function detailOf(faults: readonly RequestFault[]): string {
  return [...new Set(faults.map(({ detail }) => detail))].join(" ");
}
