/**
 * Composite reads: what `include` embeds, for which caller, in which format, at which cost, and the tag of the result.
 */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { listAt } from "../../features/accounts/lists.ts";
import { ada, bob, insertPeople, lastRoundTrips, serviceFor, stella } from "../../features/accounts/people.ts";
import { header, problemOf } from "../../support/requests.ts";
import { ORIGIN } from "../../support/service.ts";
import { addressId, home, insertHomes, removeHome } from "../addresses/homes.ts";
import {
  emptyShop,
  insertOrders,
  insertProduct,
  orderId,
  productId,
  SHIPPING_ADDRESS,
  stored,
} from "../orders/shop.ts";
import { emptyPeople } from "../support/people.ts";

const LIST = "/v1/orders";
const PATH = `/v1/orders/${orderId(1)}`;
const ALL = "user,address,items.product";
const asAda = serviceFor(ada);
const asStella = serviceFor(stella);

interface Related {
  readonly id: string;
  readonly name: string;
}
interface Composite {
  readonly id: string;
  readonly user?: Related & { readonly email: string };
  readonly address?: Related;
  readonly items: readonly { readonly product_id: string; readonly product?: Related & { readonly stock: number } }[];
}
interface JsonApi {
  readonly data: { readonly attributes: object; readonly relationships: Readonly<Record<string, unknown>> };
  readonly included: readonly { readonly type: string; readonly id: string; readonly attributes: Related }[];
}

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, bob, stella);
  await insertHomes(home(1, ada.id), home(2, bob.id));
  await insertProduct(1);
  await insertProduct(2);
  const items = [
    { productId: productId(2), quantity: 1, price: 1000 },
    { productId: productId(1), quantity: 3, price: 1000 },
  ];
  await insertOrders(stored(1, ada.id, { items }), stored(2, ada.id));
});

const read = async <T = Composite>(service: typeof asAda, path: string, type = "application/json"): Promise<T> => {
  const response = await service.fetch(path, { headers: { Accept: type } });
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json<T>();
};

describe("E05 embeds", () => {
  it("each related resource in the form of its own GET, beside the id that refers to it", async () => {
    const order = await read(asAda, `${PATH}?include=${ALL}`);
    expect(order.user).toEqual(await read(asAda, `/v1/users/${ada.id}`));
    expect(order.address).toEqual(await read(asAda, `/v1/addresses/${addressId(1)}`));
    for (const { product_id, product } of order.items) {
      expect(product).toEqual(await read(asAda, `/v1/products/${product_id}`));
    }
    const { user: _, address: __, items, ...rest } = order;
    const plain = await read(asAda, PATH);
    expect({ ...rest, items: items.map(({ product: ___, ...item }) => item) }).toEqual(plain);
  });

  it("only what the request asks for", async () => {
    expect(await read(asAda, `${PATH}?include=user`)).not.toHaveProperty("address");
    expect((await read(asAda, `${PATH}?include=address`)).items[0]).not.toHaveProperty("product");
    expect(await read(asAda, PATH)).not.toHaveProperty("user");
  });

  it("in HAL as embedded resources with their own links", async () => {
    const { _embedded } = await read<{ _embedded: Record<string, unknown> }>(
      asAda,
      `${PATH}?include=${ALL}`,
      "application/hal+json",
    );
    const self = (path: string) => ({ _links: { self: { href: `${ORIGIN}${path}` } } });
    expect(Object.keys(_embedded)).toEqual(["user", "address", "products"]);
    expect(_embedded["user"]).toMatchObject({ id: ada.id, name: ada.name, ...self(`/v1/users/${ada.id}`) });
    expect(_embedded["address"]).toMatchObject({ id: addressId(1), ...self(`/v1/addresses/${addressId(1)}`) });
    expect(_embedded["products"]).toMatchObject(
      [2, 1].map((number) => ({ id: productId(number), ...self(`/v1/products/${productId(number)}`) })),
    );
  });

  it("in JSON:API once under `included`, linked by relationships", async () => {
    const { data, included } = await read<JsonApi>(asAda, `${PATH}?include=${ALL}`, "application/vnd.api+json");
    expect(data.relationships).toEqual({
      user: { data: { type: "users", id: ada.id } },
      address: { data: { type: "addresses", id: addressId(1) } },
      products: { data: [2, 1].map((number) => ({ type: "products", id: productId(number) })) },
    });
    expect(included.map(({ type, id }) => `${type} ${id}`)).toEqual([
      `users ${ada.id}`,
      `addresses ${addressId(1)}`,
      `products ${productId(2)}`,
      `products ${productId(1)}`,
    ]);
    const list = await read<JsonApi>(asAda, `${LIST}?include=${ALL}`, "application/vnd.api+json");
    expect(list.included).toHaveLength(4);
    const nothing = await read<JsonApi>(serviceFor(bob), `${LIST}?include=user`, "application/vnd.api+json");
    expect(nothing.included).toEqual([]);
    expect(await read(asAda, PATH, "application/vnd.api+json")).not.toHaveProperty("included");
  });

  it("in lists and pages of a snapshot too", async () => {
    for (const query of [`include=${ALL}`, `include=${ALL}&page=1`]) {
      const { data } = await read<{ data: readonly Composite[] }>(asStella, `${LIST}?${query}`);
      expect(data).toHaveLength(2);
      for (const order of data) {
        expect(order.user?.name).toBe(ada.name);
        expect(order.address?.id).toBe(addressId(1));
        for (const { product, product_id } of order.items) expect(product?.id).toBe(product_id);
      }
    }
  });

  it.each([
    ["items", "unknown-include"],
    ["product", "unknown-include"],
    ["user,orders", "unknown-include"],
    ["items.product.brand", "unknown-include"],
    ["USER", "unknown-include"],
    ["a.b.c.d", "include-too-deep"],
    ["", "invalid"],
    ["user,,address", "invalid"],
    [Array.from({ length: 11 }, () => "user").join(), "invalid"],
  ])("400 for include=%s", async (include, code) => {
    const service = serviceFor(ada);
    for (const path of [PATH, LIST]) {
      const response = await service.fetch(`${path}?include=${include}`);
      expect(response.status).toBe(400);
      expect(lastRoundTrips(service)).toBe(0);
      expect(await problemOf(response)).toMatchObject({
        code: "INVALID_PARAMETER",
        errors: [{ parameter: "include", code }],
      });
    }
  });

  it("only where the operation declares it", async () => {
    for (const path of ["/v1/products", `/v1/users/${ada.id}`]) {
      const response = await asAda.fetch(`${path}?include=user`);
      expect(await problemOf(response)).toMatchObject({
        status: 400,
        errors: [{ parameter: "include", code: "unknown" }],
      });
    }
  });
});

describe("E06 hides", () => {
  it("everything that the principal may not read, also from the tag and the date", async () => {
    const withoutPeople = serviceFor(ada, { scopes: ["orders:read"] });
    for (const path of [`${PATH}?include=${ALL}`, `${LIST}?include=${ALL}`]) {
      for (const type of ["application/json", "application/hal+json", "application/vnd.api+json"]) {
        const text = JSON.stringify(await read(withoutPeople, path, type));
        expect(text).not.toContain(ada.name);
        // The copy of the address belongs to the order. Nothing else of the address is shown.
        expect(text.replaceAll(JSON.stringify(SHIPPING_ADDRESS), "")).not.toContain("Home 1");
        expect(text).toContain("Lamp 1");
      }
    }
    const before = await withoutPeople.fetch(`${PATH}?include=user`);
    await env.DB.prepare("UPDATE users SET name = 'Other', version = 2, updated_at = ? WHERE id = ?")
      .bind(Date.UTC(2026, 0, 31), ada.id)
      .run();
    const after = await withoutPeople.fetch(`${PATH}?include=user`);
    expect(header(after, "ETag")).toBe(header(before, "ETag"));
    expect(header(after, "Last-Modified")).toBe(header(before, "Last-Modified"));
  });

  it("an address that belongs to another user, even if the order refers to it", async () => {
    await env.DB.prepare("UPDATE orders SET address_id = ? WHERE id = ?").bind(addressId(2), orderId(1)).run();
    const order = await read(asAda, `${PATH}?include=address`);
    expect(order).not.toHaveProperty("address");
    expect((await read(asStella, `${PATH}?include=address`)).address?.id).toBe(addressId(2));
  });

  it("deleted resources", async () => {
    await removeHome(addressId(1));
    await env.DB.prepare("UPDATE products SET deleted_at = 5 WHERE id = ?").bind(productId(1)).run();
    const order = await read(asStella, `${PATH}?include=${ALL}`);
    expect(order).not.toHaveProperty("address");
    expect(order.items.map(({ product }) => product?.id)).toEqual([productId(2), undefined]);
  });

  it("what a token's scopes do not cover, and changes the tag accordingly", async () => {
    const full = await asAda.fetch(`${PATH}?include=user`);
    const less = await serviceFor(ada, { scopes: ["orders:read"] }).fetch(`${PATH}?include=user`);
    expect(header(less, "ETag")).not.toBe(header(full, "ETag"));
  });
});

describe("E07 with fields", () => {
  it("adds included members to the selected fields", async () => {
    expect(await read(asAda, `${PATH}?fields=id,status&include=user`)).toEqual({
      id: orderId(1),
      status: "placed",
      user: expect.objectContaining({ id: ada.id }),
    });
    const { items, ...rest } = await read(asAda, `${PATH}?fields=id&include=items.product`);
    expect(rest).toEqual({ id: orderId(1) });
    expect(items[0]?.product?.name).toBe("Lamp 2");
  });

  it("ignores repetition and order", async () => {
    const tags = await Promise.all(
      ["user,address", "address,user", "user,user,address"].map(async (include) =>
        header(await asAda.fetch(`${PATH}?include=${include}`), "ETag"),
      ),
    );
    expect(new Set(tags).size).toBe(1);
  });
});

describe("E08 costs", () => {
  it("two round trips for any includes and any page size", async () => {
    await asAda.fetch(`${PATH}?include=${ALL}`);
    expect(lastRoundTrips(asAda)).toBe(2);
    const more = Array.from({ length: 98 }, (_, index) =>
      stored(100 + index, index % 2 === 0 ? ada.id : bob.id, {
        addressId: addressId(1 + (index % 2)),
        items: [{ productId: productId(1000 + index), quantity: 1, price: 1 }],
      }),
    );
    for (const index of more.keys()) await insertProduct(1000 + index);
    await insertOrders(...more);
    for (const limit of [1, 10, 100]) {
      const { data } = await listAt(asStella, LIST, { limit, include: ALL });
      expect(data).toHaveLength(limit);
      expect(lastRoundTrips(asStella)).toBe(2);
    }
    await listAt(asStella, LIST, { limit: 100 });
    expect(lastRoundTrips(asStella)).toBe(1);
    await listAt(serviceFor(stella), LIST, { "filter[status]": "refunded", include: ALL });
  });

  it("at most 1 MB: a larger page is refused with the parameter to change", async () => {
    for (let number = 1000; number < 1020; number += 1) await insertProduct(number);
    await env.DB.prepare("UPDATE products SET description = ?").bind("\u{1F4A1}".repeat(2000)).run();
    const items = Array.from({ length: 20 }, (_, index) => ({
      productId: productId(1000 + index),
      quantity: 1,
      price: 1,
    }));
    await insertOrders(...Array.from({ length: 10 }, (_, index) => stored(100 + index, ada.id, { items })));
    const response = await asAda.fetch(`${LIST}?limit=10&include=items.product`);
    expect(await problemOf(response)).toMatchObject({
      status: 400,
      errors: [{ parameter: "limit", code: "too-large" }],
    });
    expect((await asAda.fetch(`${LIST}?limit=3&include=items.product`)).status).toBe(200);
  });
});

describe("E09 the tag", () => {
  const tagOf = async (path: string) => header(await asAda.fetch(path), "ETag");

  it("differs for each set of includes", async () => {
    const paths = ["", "?include=user", "?include=address", "?include=address,user", "?fields=id&include=user"];
    for (const base of [PATH, LIST]) {
      expect(new Set(await Promise.all(paths.map((query) => tagOf(`${base}${query}`)))).size).toBe(paths.length);
    }
  });

  it.each([
    ["user", "users", `id = '${ada.id}'`],
    ["address", "addresses", `id = '${addressId(1)}'`],
    ["items.product", "products", `id = '${productId(1)}'`],
  ])(
    "changes when a resource embedded by %s changes, but not with unrelated resources",
    async (include, table, condition) => {
      for (const base of [PATH, LIST]) {
        const path = `${base}?include=${include}`;
        const [composite, plain] = [await tagOf(path), await tagOf(base)];
        await env.DB.prepare(`UPDATE ${table} SET version = version + 1 WHERE NOT ${condition} AND id <> ?`)
          .bind(productId(2))
          .run();
        expect(await tagOf(path)).toBe(composite);
        await env.DB.prepare(`UPDATE ${table} SET version = version + 1 WHERE ${condition}`).run();
        expect(await tagOf(path)).not.toBe(composite);
        expect(await tagOf(base)).toBe(plain);
      }
    },
  );

  it("C01 yields a 304, and Last-Modified is the date of the newest part", async () => {
    const time = Date.UTC(2026, 0, 31, 11);
    await env.DB.prepare("UPDATE products SET version = 2, updated_at = ? WHERE id = ?").bind(time, productId(1)).run();
    for (const path of [`${PATH}?include=${ALL}`, `${LIST}?include=${ALL}`]) {
      const response = await asAda.fetch(path);
      const etag = header(response, "ETag");
      expect((await asAda.fetch(path, { headers: { "If-None-Match": etag } })).status).toBe(304);
      if (path.startsWith(PATH)) expect(header(response, "Last-Modified")).toBe("Sat, 31 Jan 2026 11:00:00 GMT");
      await env.DB.prepare("UPDATE products SET version = version + 1 WHERE id = ?").bind(productId(1)).run();
      expect((await asAda.fetch(path, { headers: { "If-None-Match": etag } })).status).toBe(200);
    }
  });

  it("C03 of a composite is valid for a transition, because it identifies the state of the order", async () => {
    const etag = await tagOf(`${PATH}?include=${ALL}`);
    const response = await asAda.fetch(`${PATH}/cancel`, { method: "POST", headers: { "If-Match": etag } });
    expect(response.status).toBe(200);
  });
});
