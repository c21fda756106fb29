/**
 * Guards the serialized form of unchanged resources. Clients and caches keep a representation while its tag is the
 * same. A release that serializes it differently must therefore change all tags by another `REPRESENTATION_RELEASE`.
 */
import { expect, it } from "vitest";
import { REPRESENTATION_RELEASE } from "#features/caching/etag.ts";
import { ada, insertPeople, serviceFor } from "../features/accounts/people.ts";
import { addressId, home, insertHomes } from "./addresses/homes.ts";
import { emptyShop, insertOrders, insertProduct, orderId, productId, stored } from "./orders/shop.ts";
import { emptyPeople } from "./support/people.ts";

const SAMPLES = [
  `/v1/products/${productId(1)}`,
  "/v1/products?limit=1&sort=name&facets=brand,category",
  "/v1/products?limit=2&fields=id,name",
  "/v1/categories",
  `/v1/orders/${orderId(1)}`,
  `/v1/orders/${orderId(1)}?include=user,address,items.product`,
  "/v1/orders?limit=1",
  `/v1/users/${ada.id}`,
  `/v1/addresses/${addressId(1)}`,
];

/** Digests of the samples in each format, for the named release. */
const WRITTEN = {
  release: "2",
  digests: {
    "application/json": "41d8c822aaee19994ac17a62",
    "application/hal+json": "6e10722d5baba44e1324a40b",
    "application/vnd.api+json": "1fd4cc4c65b1cac01abd333b",
  },
};

const ADVICE = `The serialized form of the samples has changed. If the samples were changed, put the new digests here. If the
service was changed, clients would keep the old form while its tag is the same: increment REPRESENTATION_RELEASE in
src/features/caching/etag.ts, and put it and the new digests here.`;

it("C09 an unchanged resource is serialized as before or has another tag", async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada);
  await insertHomes(home(1, ada.id));
  await insertProduct(1);
  await insertProduct(2, { price: 12_345, stock: 0 });
  const items = [
    { productId: productId(2), quantity: 1, price: 12_345 },
    { productId: productId(1), quantity: 3, price: 1000 },
  ];
  await insertOrders(stored(1, ada.id, { items, total: 15_345 }), stored(2, ada.id));
  const service = serviceFor(ada);
  const digests = Object.fromEntries(
    await Promise.all(
      Object.keys(WRITTEN.digests).map(async (format) => {
        const written = await Promise.all(SAMPLES.map((path) => writtenAt(path, format)));
        return [format, await digest(written.join("\n"))] as const;
      }),
    ),
  );
  expect({ release: REPRESENTATION_RELEASE, digests }, ADVICE).toEqual(WRITTEN);

  async function writtenAt(path: string, format: string): Promise<string> {
    const response = await service.fetch(path, { headers: { Accept: format } });
    expect(response.status, path).toBe(200);
    // Cursors depend on the day and on the number of changes of the collection.
    return `${response.headers.get("Link")} ${await response.text()}`.replaceAll(/[\w-]{60,}/g, "cursor");
  }
});

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash, 0, 12).toHex();
}
