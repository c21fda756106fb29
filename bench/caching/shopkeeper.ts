/**
 * The writer that changes the store while others read: a product's stock, and every second time an order, which changes
 * stock too.
 */
import { tokenOfClient } from "../../scripts/token/obtain.ts";
import { Client } from "./client.ts";

const SECRET = "local-demo-secret";
const ADDRESS = "10.255.0.1";
const PRODUCT_ID = "prod_01hk24mtj6fnka55e09a4btv9s";

/** The first product of the demo catalogue. */
export const PRODUCT = `/v1/products/${PRODUCT_ID}`;

const HOME = {
  name: "Ada Moreno",
  line1: "2124 Coldspring Mill Ln",
  city: "Albuquerque",
  region: "NM",
  postal_code: "87182",
  country: "US",
};

export class Shopkeeper {
  readonly staffToken: string;
  readonly #staff: Client;
  readonly #customer: Client;
  readonly #addressId: string;
  #written = 0;

  private constructor(staffToken: string, staff: Client, customer: Client, addressId: string) {
    this.staffToken = staffToken;
    this.#staff = staff;
    this.#customer = customer;
    this.#addressId = addressId;
  }

  static async of(origin: string): Promise<Shopkeeper> {
    const [staffToken, token] = await Promise.all(
      ["demo-admin", "demo-service"].map((name) => tokenOfClient({ origin, scope: undefined }, name, SECRET)),
    );
    if (staffToken === undefined || token === undefined) throw new Error("missing tokens");
    const common = { origin, account: "writes", address: ADDRESS };
    const customer = new Client({ ...common, token });
    const addressId = await customer.write("POST", "/v1/addresses", JSON_HEADERS, HOME);
    return new Shopkeeper(staffToken, new Client({ ...common, token: staffToken }), customer, addressId);
  }

  async changeProduct(): Promise<void> {
    this.#written += 1;
    const headers = { "Content-Type": "application/merge-patch+json", "If-Match": "*" };
    await this.#staff.write("PATCH", PRODUCT, headers, { stock: 1000 + (this.#written % 1000) });
  }

  async placeOrder(): Promise<void> {
    this.#written += 1;
    const items = [{ product_id: PRODUCT_ID, quantity: 1 }];
    const headers = { ...JSON_HEADERS, "Idempotency-Key": crypto.randomUUID() };
    await this.#customer.write("POST", "/v1/orders", headers, { items, address_id: this.#addressId });
  }
}

const JSON_HEADERS = { "Content-Type": "application/json" };
