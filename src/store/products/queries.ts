/** The SQL for products that orders use. `list-queries.ts` has the SQL of their list. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "#core/data/database.ts";
import { productUnits } from "#schema/orders.ts";
import { products } from "#schema/products.ts";

/** A quantity of one product. */
export interface Units {
  readonly productId: string;
  readonly quantity: number;
}

/**
 * Reads what an order copies from these products, their price in minor units, their stock, and their units in unpaid
 * orders. Missing products have no row.
 */
export function offersQuery(database: Database, ids: readonly string[]) {
  return database.orm
    .select({
      id: products.id,
      name: products.name,
      category: products.category,
      brand: products.brand,
      priceAmount: products.priceAmount,
      stock: products.stock,
      unpaidUnits: sql<number>`coalesce(${productUnits.unpaidUnits}, 0)`,
    })
    .from(products)
    .leftJoin(productUnits, eq(productUnits.productId, products.id))
    .where(
      and(isNull(products.deletedAt), sql`${products.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`),
    );
}

/** The name and price of a product that an order copies. */
export interface Offer {
  readonly productId: string;
  readonly productName: string;
  readonly unitPriceAmount: number;
}

/** Holds if all these products exist with this name and price. */
export function areOffered(offers: readonly Offer[]): SQL {
  const lines = JSON.stringify(
    offers.map(({ productId, productName, unitPriceAmount }) => [productId, unitPriceAmount, productName]),
  );
  return sql`(
    SELECT count(*) FROM json_each(${lines}) AS line
    INNER JOIN products ON products.id = json_extract(line.value, '$[0]')
    WHERE products.deleted_at IS NULL AND products.price_amount = json_extract(line.value, '$[1]')
      AND products.name = json_extract(line.value, '$[2]')
  ) = ${offers.length}`;
}

/** Holds if no product would exceed `max` units in unpaid orders after adding these. */
export function haveUnpaidRoom(units: readonly Units[], max: number): SQL {
  return sql`NOT EXISTS (
    SELECT 1 FROM json_each(${linesOf(units)}) AS line
    INNER JOIN product_units ON product_id = json_extract(line.value, '$[0]')
    WHERE unpaid_units + json_extract(line.value, '$[1]') > ${max}
  )`;
}

/** The product's units in open orders, which a cancellation returns to stock. */
function openUnits(id: string): SQL {
  return sql`coalesce((SELECT ${productUnits.openUnits} FROM ${productUnits} WHERE ${eq(productUnits.productId, id)}), 0)`;
}

/** Holds if `stock` and the units in open orders do not exceed `max` together. */
export function leavesRoom(id: string, stock: number, max: number): SQL {
  return sql`${stock} + ${openUnits(id)} <= ${max}`;
}

/** Holds if the stock of each product covers these units. */
export function areInStock(units: readonly Units[]): SQL {
  return sql`NOT EXISTS (
    SELECT 1 FROM json_each(${linesOf(units)}) AS line
    INNER JOIN products ON products.id = json_extract(line.value, '$[0]')
    WHERE products.stock < json_extract(line.value, '$[1]')
  )`;
}

/**
 * Adds the units to the stock. Negative quantities reduce it, and the statement fails if the stock is too small. Each
 * update is a normal change of the product. Deleted products do not change.
 */
export function moveStock(database: Database, units: readonly Units[], now: number) {
  const lines = linesOf(units);
  return database.orm
    .update(products)
    .set({
      stock: sql`stock + (
        SELECT json_extract(value, '$[1]') FROM json_each(${lines}) WHERE json_extract(value, '$[0]') = products.id
      )`,
      version: sql`version + 1`,
      updatedAt: sql`max(updated_at, ${now})`,
    })
    .where(and(isNull(products.deletedAt), sql`id IN (SELECT json_extract(value, '$[0]') FROM json_each(${lines}))`));
}

/** One parameter for any number of units: a D1 statement has at most 100 parameters. */
function linesOf(units: readonly Units[]): string {
  return JSON.stringify(units.map(({ productId, quantity }) => [productId, quantity]));
}
