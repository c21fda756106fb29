/** JSON:API 1.1: member names, includes, sparse fieldsets and families of query parameters. */
import { beforeEach, describe, expect, it } from "vitest";
import { attributeOf, readFieldset } from "#features/representation/formats/json-api-members.ts";
import { endpoints } from "../../../src/modules.ts";
import { ada, bob, insertPeople, lastRoundTrips, serviceFor, stella } from "../../features/accounts/people.ts";
import { problemOf } from "../../support/requests.ts";
import { ORIGIN, type Service } from "../../support/service.ts";
import { home, insertHomes } from "../addresses/homes.ts";
import { emptyShop, insertOrders, insertProduct, orderId, productId, stored } from "../orders/shop.ts";
import { emptyPeople } from "../support/people.ts";

const JSON_API = "application/vnd.api+json";
const ORDER = `/v1/orders/${orderId(1)}`;
const asAda = serviceFor(ada);
const asStella = serviceFor(stella);

type Fields = Readonly<Record<string, unknown>>;
interface Resource {
  readonly type: string;
  readonly id: string;
  readonly attributes: Fields;
  readonly relationships?: Fields;
}
interface Document<Data = Resource> {
  readonly data: Data;
  readonly included?: readonly Resource[];
  readonly links: Readonly<Record<string, string>>;
}

beforeEach(async () => {
  await emptyPeople();
  await emptyShop();
  await insertPeople(ada, bob, stella);
  await insertHomes(home(1, ada.id));
  for (const number of [1, 2, 3]) await insertProduct(number);
  const items = [1, 2].map((number) => ({ productId: productId(number), quantity: number, price: 1000 }));
  await insertOrders(stored(1, ada.id, { items }), stored(2, ada.id), stored(3, ada.id));
});

function send(service: Service, path: string, accept = JSON_API): Promise<Response> {
  return service.fetch(path, { headers: { Accept: accept } });
}

async function read<Data = Resource>(service: Service, path: string): Promise<Document<Data>> {
  const response = await send(service, path);
  expect(response.status, `${path} ${await response.clone().text()}`).toBe(200);
  return response.json<Document<Data>>();
}

async function refusalOf(service: Service, path: string, accept = JSON_API): Promise<string[]> {
  const response = await send(service, path, accept);
  expect(response.status, path).toBe(400);
  const { errors = [] } = await problemOf(response);
  return errors.map(({ parameter, code }) => `${parameter} ${code}`);
}

describe("member names", () => {
  const resources = new Set(
    endpoints.flatMap(({ contract: { success } }) =>
      success.kind === "resource" || success.kind === "list" ? [success.resource] : [],
    ),
  );

  it.each([...resources].map((resource) => ({ resource, name: resource.name })))(
    "E10 of $name share one namespace and map to its members one to one",
    ({ resource }) => {
      const members = Object.keys(resource.schema.shape).filter((member) => member !== "id");
      const attributes = members.map((member) => attributeOf(resource, member));
      const relationships = (resource.relations ?? []).map(({ name }) => name);
      const fields = [...attributes, ...relationships];
      expect(new Set(["type", "id", ...fields]).size).toBe(fields.length + 2);
      for (const [index, member] of members.entries()) {
        const fieldset = readFieldset(attributes[index] ?? "", resource, ["id", ...members]);
        expect([...fieldset.members], member).toEqual(["id", member]);
      }
    },
  );
});

describe("include", () => {
  it.each(["user", "address", "products", "user,address,products"])(
    "E05 of %s returns the relationships of that name",
    async (include) => {
      for (const path of [`${ORDER}?include=${include}`, `/v1/orders?include=${include}`]) {
        const { data, included = [] } = await read<Resource | readonly Resource[]>(asAda, path);
        for (const { relationships = {} } of [data].flat()) expect(Object.keys(relationships).join()).toBe(include);
        expect(included.length).toBeGreaterThan(0);
      }
    },
  );

  it("E05 also accepts the path below a list, in every format, for the same relationship", async () => {
    const byPath = await read(asAda, `${ORDER}?include=items.product`);
    const byName = await read(asAda, `${ORDER}?include=products`);
    expect(byPath.data).toEqual(byName.data);
    expect(byPath.included).toEqual(byName.included);
    for (const accept of ["application/json", "application/hal+json"]) {
      const [one, other] = await Promise.all(
        ["items.product", "products"].map(async (include) =>
          (await send(asAda, `${ORDER}?include=${include}`, accept)).json(),
        ),
      );
      expect(one).toEqual(other);
    }
  });

  it("E05 with an empty value includes nothing", async () => {
    expect(await read(asAda, `${ORDER}?include=`)).not.toHaveProperty("included");
    expect(await refusalOf(asAda, `${ORDER}?include=`, "application/json")).toEqual(["include invalid"]);
  });
});

describe("fields[TYPE]", () => {
  it("E01 selects attributes and relationships of the primary data", async () => {
    const { data, included } = await read(asAda, `${ORDER}?include=user,address&fields[orders]=status,user`);
    expect(Object.keys(data.attributes)).toEqual(["status"]);
    expect(Object.keys(data.relationships ?? {})).toEqual(["user"]);
    expect(included?.map(({ type }) => type)).toEqual(["users", "addresses"]);
  });

  it("E01 selects attributes of included resources", async () => {
    const path = `${ORDER}?include=user,products&fields[users]=name&fields[products]=price,name`;
    const { data, included = [] } = await read(asAda, path);
    expect(Object.keys(data.attributes)).toContain("items");
    for (const { type, attributes } of included) {
      expect(Object.keys(attributes)).toEqual(type === "users" ? ["name"] : ["name", "price"]);
    }
  });

  it("E01 with an empty value selects only the identity", async () => {
    const { data } = await read<readonly Resource[]>(asAda, "/v1/orders?fields[orders]=");
    expect(data.length).toBeGreaterThan(0);
    for (const { id, attributes } of data) expect([id.slice(0, 4), attributes]).toEqual(["ord_", {}]);
  });

  it.each([
    ["fields[orders]=nope", ["fields[orders] unknown-field"]],
    ["fields[orders]=nope,id,status,more", ["fields[orders] unknown-field", "fields[orders] unknown-field"]],
    ["fields[users]=password_hash&include=user", ["fields[users] unknown-field"]],
    ["fields[orders]=,status", ["fields[orders] invalid"]],
    ["fields[orders]=status&fields=total", ["fields[orders] repeated"]],
    ["fields[orders]=status&fields[orders]=total", ["fields[orders] unknown"]],
    ["fields[brands]=name", ["fields[brands] unknown"]],
    ["fields[]=name", ["fields[] unknown"]],
    ["fields[orders][status]=1", ["fields[orders][status] unknown"]],
  ])("E02 refuses %s", async (query, faults) => {
    for (const path of [ORDER, "/v1/orders"]) expect(await refusalOf(asAda, `${path}?${query}`)).toEqual(faults);
  });

  it("E02 is only known in JSON:API", async () => {
    for (const accept of ["application/json", "application/hal+json"]) {
      expect(await refusalOf(asAda, `${ORDER}?fields[orders]=status`, accept)).toEqual(["fields[orders] unknown"]);
    }
  });

  it("C09 gives each selection its own tag", async () => {
    const tags = await Promise.all(
      ["", "fields[users]=name", "fields[users]=email", "fields[orders]=status"].map(async (query) =>
        (await send(asAda, `${ORDER}?include=user&${query}`)).headers.get("ETag"),
      ),
    );
    expect(new Set(tags).size).toBe(4);
  });
});

describe("page[...]", () => {
  it("D01 links to the next and the previous page in the family of the request", async () => {
    const first = await read<readonly Resource[]>(asAda, "/v1/orders?page[size]=1&sort=created_at");
    expect(first.data).toHaveLength(1);
    expect(first.links["self"]).toBe(`${ORIGIN}/v1/orders?page%5Bsize%5D=1&sort=created_at`);
    expect(first.links["next"]).toMatch(/\?page%5Bcursor%5D=[\w-]+&page%5Bsize%5D=1&sort=created_at$/);
    const second = await read<readonly Resource[]>(asAda, first.links["next"] ?? "");
    expect(second.links["first"]).toBe(first.links["self"]);
    const back = await read<readonly Resource[]>(asAda, second.links["prev"] ?? "");
    expect(back.data).toEqual(first.data);
  });

  it("D01 uses the service's own names if the request does, and otherwise the names of the standard", async () => {
    const own = await read(asAda, "/v1/orders?limit=1");
    expect(own.links["next"]).toMatch(/\?cursor=[\w-]+&limit=1$/);
    const mixed = await read(asAda, "/v1/orders?limit=1&page[cursor]=".concat(cursorIn(own.links["next"])));
    expect(mixed.links["next"]).toMatch(/\?limit=1&page%5Bcursor%5D=[\w-]+$/);
    const response = await send(asAda, "/v1/orders?page[size]=1");
    expect(response.headers.get("Link")).toContain("page%5Bcursor%5D=");
  });

  it("D05 pages by number through a snapshot", async () => {
    const first = await read(asStella, "/v1/orders?page[number]=1&page[size]=1&sort=created_at");
    expect(first.links["next"]).toMatch(/page%5Bnumber%5D=2&page%5Bsize%5D=1&page%5Bsnapshot%5D=[\w-]+/);
    const second = await read<readonly Resource[]>(asStella, first.links["next"] ?? "");
    expect(second.data).toHaveLength(1);
  });

  it.each([
    ["page[size]=0", ["page[size] invalid"]],
    ["page[size]=101", ["page[size] invalid"]],
    ["page[size]=5&limit=5", ["page[size] repeated"]],
    ["page[size]=5&page[size]=6", ["page[size] repeated"]],
    ["page[cursor]=x&cursor=x", ["page[cursor] repeated"]],
    ["page[cursor]=x", ["page[cursor] invalid-cursor"]],
    ["page[number]=1&page[cursor]=x", ["page[number] mixed-paging"]],
    ["page[snapshot]=x", ["page[snapshot] mixed-paging"]],
    ["page[limit]=5", ["page[limit] unknown"]],
    ["page[]=5", ["page[] unknown"]],
  ])("D12 refuses %s by the name in the request", async (query, faults) => {
    const service = serviceFor(stella);
    expect((await refusalOf(service, `/v1/orders?${query}`)).slice(0, 1)).toEqual(faults);
    expect(lastRoundTrips(service)).toBe(0);
  });

  it("D12 is only known in JSON:API", async () => {
    expect(await refusalOf(asAda, "/v1/orders?page[size]=1", "application/json")).toEqual(["page[size] unknown"]);
  });
});

describe("filter[q] and facet_counts", () => {
  it("E08 are equivalent to `q` and `facets`", async () => {
    const [standard, own] = await Promise.all([
      read(asAda, "/v1/products?filter[q]=lamp&facet_counts=brand"),
      read(asAda, "/v1/products?q=lamp&facets=brand"),
    ]);
    expect({ ...standard, links: {} }).toEqual({ ...own, links: {} });
    expect(standard).toHaveProperty("meta.facets.brand");
  });
});

function cursorIn(href: string | undefined): string {
  return new URL(href ?? "").searchParams.get("cursor") ?? "";
}
