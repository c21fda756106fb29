/** The store of a soak: the local demo store, with additional products, and accounts with high limits. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type LocalDatabase, openDatabase } from "../local/database.ts";
import { applyMigrations } from "../local/migrate.ts";
import { seedEmptyStore } from "../local/seed.ts";
import { PROJECT_DIRECTORY } from "../wrangler-command.ts";

export interface ProductOnSale {
  readonly id: string;
  /** In minor units. It never changes. */
  readonly price: number;
}

export interface Customer {
  readonly email: string;
  readonly userId: string;
  readonly addressId: string;
}

export interface Shop {
  readonly products: readonly ProductOnSale[];
  readonly customers: readonly Customer[];
}

/** Bob has the default plan, so he soon reaches its limits and has to wait. */
const PLANS: Readonly<Record<string, string>> = { "ada@example.com": "internal", "staff@example.com": "internal" };

const CUSTOMERS = ["ada@example.com", "bob@example.com"];

/** Opens the database of a state whose service is not running. */
export async function withDatabase<T>(
  stateDirectory: string,
  work: (database: LocalDatabase) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(join(stateDirectory, "v3"));
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** Creates the store. `stock` contains the units of each additional product. */
export async function prepareShop(stateDirectory: string, stock: readonly number[]): Promise<Shop> {
  mkdirSync(stateDirectory, { recursive: true });
  const products = stock.map((units, index) => ({
    id: `prod_01hk2nvj80e8ev3rx1${String(index + 1).padStart(8, "0")}`,
    price: 100 * (index + 1) + 99,
    units,
  }));
  const customers = await withDatabase(stateDirectory, async (database) => {
    await applyMigrations(database, join(PROJECT_DIRECTORY, "migrations"));
    await seedEmptyStore(database, () => undefined);
    await database.batch([
      ...products.map(
        ({ id, price, units }, index) =>
          [
            "INSERT INTO products (id, name, description, category, brand, price_amount, price_currency, stock, created_at, updated_at) VALUES (?, ?, '', 'lamps', 'soak', ?, 'USD', ?, 1, 1)",
            id,
            `Soaked lamp ${index + 1}`,
            price,
            units,
          ] as const,
      ),
      ...Object.entries(PLANS).map(
        ([email, plan]) => ["UPDATE users SET plan = ? WHERE email = ?", plan, email] as const,
      ),
    ]);
    const [rows = []] = await database.batch([
      [
        `SELECT email, users.id AS user_id, min(addresses.id) AS address_id FROM users JOIN addresses ON addresses.user_id = users.id
         WHERE email IN (${CUSTOMERS.map(() => "?").join(", ")}) GROUP BY users.id ORDER BY email`,
        ...CUSTOMERS,
      ],
    ]);
    return rows.map((row) => ({
      email: String(row["email"]),
      userId: String(row["user_id"]),
      addressId: String(row["address_id"]),
    }));
  });
  return { products: products.map(({ id, price }) => ({ id, price })), customers };
}
