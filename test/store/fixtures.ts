/** Objects of the store for tests that cover all operations. */
import { ProductResource } from "#store/products/contract.ts";
import type { DomainFixtures } from "../support/domain-fixtures.ts";
import { freshId, run } from "../support/rows.ts";
import { home, insertHomes } from "./addresses/homes.ts";
import { insertOrders, insertProduct, orderId, stored } from "./orders/shop.ts";

const PRODUCT = { category: "keyboards", brand: "b" };

async function makeProduct(id = freshId("prod")): Promise<string> {
  await run(
    "INSERT INTO products (id, name, description, category, brand, price_amount, price_currency, stock, created_at, updated_at) VALUES (?, 'A', '', ?, ?, 1, 'USD', 1, 0, 0)",
    id,
    PRODUCT.category,
    PRODUCT.brand,
  );
  return id;
}

async function makeAddress(owner: string): Promise<string> {
  const id = freshId("addr");
  await run(
    "INSERT INTO addresses (id, user_id, name, line1, city, postal_code, country, created_at, updated_at) VALUES (?, ?, 'A', 'B 1', 'C', '1', 'DE', 0, 0)",
    id,
    owner,
  );
  return id;
}

async function makeOrder(owner: string): Promise<string> {
  const [id, address] = [freshId("ord"), await makeAddress(owner)];
  await run(
    "INSERT INTO orders (id, user_id, address_id, status, total_amount, total_currency, created_at, updated_at) VALUES (?, ?, ?, 'placed', 0, 'USD', 0, 0)",
    id,
    owner,
    address,
  );
  const product = await makeProduct();
  await run(
    "INSERT INTO order_items SELECT ?, 0, id, 1, 0, 'USD', name, category, brand FROM products WHERE id = ?",
    id,
    product,
  );
  return id;
}

let orders = 0;

export const fixtures: DomainFixtures = {
  objects: {
    products: () => makeProduct(),
    categories: async () => PRODUCT.category,
    brands: async () => PRODUCT.brand,
    addresses: makeAddress,
    orders: makeOrder,
  },
  made: {
    async "/v1/orders"(owner) {
      orders += 1;
      await insertOrders(stored(orders, owner));
      return orderId(orders);
    },
    // Values that products have, such as those that exist from the start.
    "/v1/categories": async () => "lamps",
    "/v1/brands": async () => "acme",
  },
  refused: {
    // Some countries require a postal code.
    "/v1/addresses": /^# required$/,
    // No product and no address has this id.
    "/v1/orders": /^#\/(items\/\d+\/product_id (unknown|invalid)|address_id unknown)$/,
  },
  async prepare(owner) {
    await insertHomes(home(1, owner));
    await insertProduct(1);
    // The lists of categories and brands may be a minute old, so one of each must exist from the start.
    await makeProduct();
    // The example of a resource that refers to a product names this one.
    await makeProduct(ProductResource.example.id);
  },
};
