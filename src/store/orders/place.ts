/**
 * Places an order at current prices and names from the current stock. The batch asserts everything that was read
 * before. If any of it changed in the meantime, it is read again, a bounded number of times.
 */
import type { z } from "@hono/zod-openapi";
import type { ResourceAnswer } from "#core/contract/answer.ts";
import type { Call } from "#core/contract/endpoint.ts";
import { isAt } from "#core/data/collection.ts";
import { commit, type Guard } from "#core/data/commit.ts";
import { type Problem, problem, type RequestFault } from "#core/http/problem.ts";
import { callerAccountId, callerHasAccount } from "#features/identity/accounts/caller.ts";
import { answerOf } from "#features/resources/versioned.ts";
import { shippingAddressOf } from "#store/addresses/endpoints.ts";
import { addresses, ownAddressQuery } from "#store/addresses/queries.ts";
import { areInStock, areOffered, haveUnpaidRoom, moveStock, offersQuery } from "#store/products/queries.ts";
import type { OrderInput } from "./contract.ts";
import { ORDER } from "./order.ts";
import { OUT_OF_STOCK } from "./problem-types.ts";
import { hasUnpaidRoom, insertOrder, type NewItem, type NewOrder, unpaidUnitsQuery } from "./queries.ts";

type PlaceCall = Call<unknown, unknown, z.output<typeof OrderInput>>;

/** A priced order, and the version of the address that it copies. */
interface Priced {
  readonly order: NewOrder;
  readonly addressVersion: number;
}

/** More failed attempts than this indicate a problem other than contention. */
const MAX_ATTEMPTS = 3;
const MINUTE_MS = 60_000;

/**
 * All attempts use the same id, so at most one of them can take effect.
 *
 * @throws validation-error for a product that does not exist or an address that is not the caller's; out-of-stock;
 * conflict if there would be too many unpaid units; forbidden for a principal without an account; service-unavailable
 * if prices or stock changed at every attempt
 */
export async function placeOrder(call: PlaceCall): Promise<ResourceAnswer> {
  const id = call.newId("ord");
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const priced = await price(call, id);
    if (await isWritten(call, priced)) return answerOf(ORDER, priced.order, 201);
  }
  // A temporary failure: unlike a refusal, it must not be stored for the request's idempotency key.
  throw problem("service-unavailable", {
    detail: "Prices or stock kept changing while the order was being placed. Nothing was ordered. Try again.",
    headers: { "Retry-After": "1" },
  });
}

/** Prices the order from the current data. @throws validation-error, out-of-stock, conflict */
async function price(call: PlaceCall, id: string): Promise<Priced> {
  const { body, principal, database, now, settings } = call;
  const { expiryMinutes, maxUnpaidUnitsPerAccount, maxUnpaidUnitsPerProduct } = settings.orders;
  const userId = callerAccountId(principal);
  const [offers, [address], [account]] = await database.orm.batch([
    offersQuery(
      database,
      body.items.map(({ product_id }) => product_id),
    ),
    ownAddressQuery(database, body.address_id, userId),
    unpaidUnitsQuery(database, userId),
  ]);
  const byId = new Map(offers.map((offer) => [offer.id, offer]));
  const lines = body.items.map(({ product_id, quantity }, index) => ({
    index,
    quantity,
    offer: byId.get(product_id),
  }));
  const faults = lines.flatMap(({ offer, index }) => (offer === undefined ? [unknownProduct(index)] : []));
  if (address === undefined) faults.push(UNKNOWN_ADDRESS);
  if (address === undefined || faults.length > 0) throw invalid(faults);
  const offered = lines.flatMap(({ offer, ...line }) => (offer === undefined ? [] : [{ ...line, offer }]));
  const scarce = offered.filter(({ offer, quantity }) => offer.stock < quantity);
  if (scarce.length > 0) {
    const errors = scarce.map(({ index, offer }) => tooFew(index, offer.stock));
    throw problem(OUT_OF_STOCK, { detail: detailOf(errors), errors });
  }
  const items = offered.map(
    ({ index, quantity, offer }): NewItem => ({
      position: index,
      productId: offer.id,
      productName: offer.name,
      category: offer.category,
      brand: offer.brand,
      quantity,
      unitPriceAmount: offer.priceAmount,
    }),
  );
  if ((account?.unpaidUnits ?? 0) + unitsIn(items) > maxUnpaidUnitsPerAccount) {
    throw tooManyOfAccount(maxUnpaidUnitsPerAccount);
  }
  if (offered.some(({ offer, quantity }) => offer.unpaidUnits + quantity > maxUnpaidUnitsPerProduct)) {
    throw tooManyOfProduct(maxUnpaidUnitsPerProduct);
  }
  return {
    addressVersion: address.version,
    order: {
      id,
      userId,
      addressId: address.id,
      shippingAddress: shippingAddressOf(address),
      status: "placed",
      totalAmount: items.reduce((sum, { quantity, unitPriceAmount }) => sum + quantity * unitPriceAmount, 0),
      totalCurrency: "USD",
      amountPaid: 0,
      amountRefunded: 0,
      expiresAt: now + expiryMinutes * MINUTE_MS,
      version: 1,
      createdAt: now,
      updatedAt: now,
      items,
    },
  };
}

/** False if the address, a name, a price or the stock changed after it was read. */
async function isWritten(
  { database, now, principal, settings }: PlaceCall,
  { order, addressVersion }: Priced,
): Promise<boolean> {
  const { id, userId, addressId, items } = order;
  const { maxUnpaidUnitsPerAccount, maxUnpaidUnitsPerProduct } = settings.orders;
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
        outdated(isAt(addresses, addressId, addressVersion)),
        outdated(areOffered(items)),
        outdated(areInStock(items)),
        {
          condition: hasUnpaidRoom(userId, unitsIn(items), maxUnpaidUnitsPerAccount),
          refusal: (cause) => tooManyOfAccount(maxUnpaidUnitsPerAccount, cause),
        },
        {
          condition: haveUnpaidRoom(items, maxUnpaidUnitsPerProduct),
          refusal: (cause) => tooManyOfProduct(maxUnpaidUnitsPerProduct, cause),
        },
      ],
      // Units leave the stock before they are in an open order, so the sum of both never exceeds the maximum.
      statements: [moveStock(database, taken, now), ...insertOrder(database, order)],
    });
    return true;
  } catch (failure) {
    if (isOutdated) return false;
    throw failure;
  }
}

function unitsIn(items: readonly NewItem[]): number {
  return items.reduce((sum, { quantity }) => sum + quantity, 0);
}

const UNKNOWN_ADDRESS: RequestFault = {
  pointer: "#/address_id",
  code: "unknown",
  detail: "`address_id` is not one of your addresses.",
};

function unknownProduct(index: number): RequestFault {
  return { pointer: `#/items/${index}/product_id`, code: "unknown", detail: "`product_id` does not exist." };
}

function tooFew(index: number, stock: number): RequestFault {
  return {
    pointer: `#/items/${index}/quantity`,
    code: "out-of-stock",
    detail: `\`quantity\` exceeds the stock of ${stock}.`,
  };
}

function tooManyOfAccount(max: number, cause?: unknown): Problem {
  const detail = `Your unpaid orders can contain at most ${max} units in total. Pay or cancel some of them first.`;
  return problem("conflict", { detail, cause });
}

function tooManyOfProduct(max: number, cause?: unknown): Problem {
  const detail = `At most ${max} units of a product can be in unpaid orders. Try again after some of these orders are paid or have expired.`;
  return problem("conflict", { detail, cause });
}

function invalid(errors: readonly RequestFault[], cause?: unknown): Problem {
  return problem("validation-error", { detail: detailOf(errors), errors, cause });
}

function detailOf(faults: readonly RequestFault[]): string {
  return [...new Set(faults.map(({ detail }) => detail))].join(" ");
}
