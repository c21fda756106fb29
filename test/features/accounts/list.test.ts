/** The list of users: members, filters, sort orders, walks under concurrent changes, frozen views, ETags and costs. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { refusalOf } from "../../support/lists.ts";
import { header } from "../../support/requests.ts";
import { idsIn, listAt, ordered, sortsOf, walkAt } from "./lists.ts";
import {
  ada,
  anton,
  emptyPeople,
  insertPeople,
  insertServiceAccount,
  lastRoundTrips,
  type Person,
  person,
  serviceFor,
  stella,
  userId,
} from "./people.ts";

const PATH = "/v1/users";
const SORTS = sortsOf(["created_at", "name", "email"]);
const ROLES = ["customer", "staff", "admin"] as const;
const staff = serviceFor(stella);

beforeEach(emptyPeople);

/** People who share each sort key with many others. */
function manyPeople(count: number): Person[] {
  return Array.from({ length: count }, (_, number) =>
    person(number + 100, {
      name: ["Ada", "ada", "Bob", "Cyd"][number % 4] ?? "",
      email: `${["a", "B", "c"][number % 3]}${String(number).padStart(3, "0")}@example.com`,
      role: ROLES[Math.floor(number / 2) % 3] ?? "customer",
      createdAt: 1000 + (number % 5),
    }),
  );
}

const keyOf = (row: Person, name: string) =>
  name === "created_at" ? row.createdAt : name === "name" ? row.name : row.email.toLowerCase();

const inOrder = (rows: readonly Person[], sort: string) =>
  ordered(rows as readonly (Person & Record<string, string | number>)[], sort, keyOf).map(({ id }) => id);

async function remove(id: string): Promise<void> {
  await env.DB.prepare("UPDATE users SET deleted_at = 5, version = version + 1 WHERE id = ?").bind(id).run();
}

describe("the list of users", () => {
  it("D01 is walked forward and back in each of its 78 sort orders", async () => {
    const people = manyPeople(23);
    await insertPeople(...people);
    expect(new Set(SORTS).size).toBe(78);
    for (const sort of SORTS) {
      expect(idsIn(...(await walkAt(staff, PATH, { sort, limit: 9 }))), sort).toEqual(inOrder(people, sort));
    }
  }, 60_000);

  it("contains the existing people, newest first, and no accounts of clients", async () => {
    await insertPeople(ada, stella, anton);
    await insertServiceAccount(userId(50));
    await remove(ada.id);
    expect(idsIn(await listAt(staff, PATH))).toEqual([anton.id, stella.id]);
  });

  it.each([
    [{ "filter[role]": "staff" }, ["staff"]],
    [{ "filter[role]": "admin,staff" }, ["staff", "admin"]],
    [{ "filter[role]": "staff,customer,admin" }, ["staff", "customer", "admin"]],
    [{ "filter[role]": "nobody" }, []],
    [{ "filter[role]": "nobody,staff" }, ["staff"]],
  ] as const)("E11 %j", async (filter, roles) => {
    const people = manyPeople(20);
    await insertPeople(...people);
    const expected = people.filter(({ role }) => (roles as readonly string[]).includes(role));
    for (const sort of ["created_at", "-name", "email,-name"]) {
      const pages = await walkAt(staff, PATH, { ...filter, sort, limit: 4 });
      expect(idsIn(...pages)).toEqual(inOrder(expected, sort));
    }
  });

  it("E11 finds an account by its full email, ignoring case, and nothing for a partial or invalid one", async () => {
    await insertPeople(...manyPeople(9), ada);
    for (const [email, ids] of [
      ["ada@example.com", [ada.id]],
      ["ADA@Example.com", [ada.id]],
      ["ada@example.co", []],
      ["%", []],
      ["nonsense", []],
    ] as const) {
      expect(idsIn(await listAt(staff, PATH, { "filter[email]": email }))).toEqual(ids);
    }
    expect(idsIn(await listAt(staff, PATH, { "filter[email]": ada.email, "filter[role]": "staff" }))).toEqual([]);
  });

  it("E01 returns only the requested fields and the id", async () => {
    await insertPeople(ada);
    expect((await listAt(staff, PATH, { fields: "role" })).data).toEqual([{ id: ada.id, role: "customer" }]);
  });

  it.each([
    ["sort=role", "sort"],
    ["fields=password_hash", "fields"],
    ["filter[name]=Ada", "filter[name]"],
    ["q=ada", "q"],
    ["limit=101", "limit"],
  ])("D12 returns 400 for %s", async (query, parameter) => {
    const refused = await refusalOf(await staff.fetch(`${PATH}?${query}`));
    expect(refused).toMatchObject({ status: 400, type: "invalid-parameter", parameters: [parameter] });
    expect(lastRoundTrips(staff)).toBe(0);
  });

  it("D05 returns 400 for a cursor of another filter or sort order", async () => {
    await insertPeople(...manyPeople(9));
    const { page } = await listAt(staff, PATH, { limit: 2, sort: "name", "filter[role]": "customer" });
    for (const query of ["sort=name", "sort=-name&filter[role]=customer", "sort=name&filter[role]=staff"]) {
      const response = await staff.fetch(`${PATH}?${query}&cursor=${page.next}`);
      expect(await refusalOf(response)).toMatchObject({ status: 400, type: "invalid-cursor" });
    }
  });
});

type Change = { readonly kind: "insert" | "remove" | "removeLast"; readonly which: number };

it("D02 a walk shows each account that stays exactly once, while others are inserted and deleted", async () => {
  const change: fc.Arbitrary<Change> = fc.record({
    kind: fc.constantFrom("insert" as const, "remove" as const, "removeLast" as const),
    which: fc.nat(29),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SORTS),
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 8 }),
      async (sort, limit, changes) => {
        await emptyPeople();
        const people = manyPeople(30);
        await insertPeople(...people);
        const stayed = new Map(people.map((row) => [row.id, row]));
        const seen: string[] = [];
        let added = 0;
        let cursor: string | undefined;
        for (let number = 0; ; number += 1) {
          const page = await listAt(staff, PATH, { sort, limit, cursor });
          seen.push(...idsIn(page));
          if (page.page.next === null) break;
          cursor = page.page.next;
          for (const { kind, which } of changes[number % changes.length] ?? []) {
            if (kind === "insert") {
              added += 1;
              const like = people[which] ?? ada;
              await insertPeople({ ...like, id: userId(500 + added * 37), email: `x${added}${like.email}` });
            } else {
              const id = kind === "remove" ? (people[which]?.id ?? "") : (seen.at(-1) ?? "");
              await remove(id);
              stayed.delete(id);
            }
          }
        }
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((id) => stayed.has(id))).toEqual(inOrder([...stayed.values()], sort));
      },
    ),
    { numRuns: 20 },
  );
}, 120_000);

describe("a frozen view", () => {
  it("keeps membership and order, in numbered pages", async () => {
    const people = manyPeople(9);
    await insertPeople(...people);
    const first = await listAt(staff, PATH, { page: 1, limit: 4, sort: "name" });
    expect(lastRoundTrips(staff)).toBe(1);
    await insertPeople(person(700, { name: "Aa" }));
    await env.DB.prepare("UPDATE users SET name = 'Zz' WHERE id = ?").bind(people[0]?.id).run();
    const { snapshot } = first.page;
    const pages = [first];
    for (const page of [2, 3]) pages.push(await listAt(staff, PATH, { page, limit: 4, sort: "name", snapshot }));
    expect(idsIn(...pages)).toEqual(inOrder(people, "name"));
    expect(pages.at(-1)?.page.has_more).toBe(false);
  });

  it("D06 is not valid for another caller", async () => {
    await insertPeople(...manyPeople(3));
    const { page } = await listAt(staff, PATH, { page: 1 });
    const other = await serviceFor(anton).fetch(`${PATH}?page=1&snapshot=${page.snapshot}`);
    expect(other.status).toBe(400);
  });
});

describe("cost and caching", () => {
  it("takes one round trip, two for an empty list, and one for a 304", async () => {
    await insertPeople(...manyPeople(30));
    for (const query of ["", "?limit=100", "?filter[role]=staff,admin&sort=name", "?page=1"]) {
      const response = await staff.fetch(`${PATH}${query}`);
      expect(response.status).toBe(200);
      expect(lastRoundTrips(staff), query).toBe(1);
    }
    await staff.fetch(`${PATH}?filter[role]=nobody`);
    expect(lastRoundTrips(staff)).toBe(2);
    const etag = header(await staff.fetch(PATH), "ETag");
    expect((await staff.fetch(PATH, { headers: { "If-None-Match": etag } })).status).toBe(304);
    expect(lastRoundTrips(staff)).toBe(1);
    await remove(manyPeople(1)[0]?.id ?? "");
    expect((await staff.fetch(PATH, { headers: { "If-None-Match": etag } })).status).toBe(200);
  });

  it("C09 is private to the caller: ETag, Cache-Control and Vary", async () => {
    await insertPeople(ada);
    const own = await staff.fetch(PATH);
    expect(header(own, "Cache-Control")).toBe("private, no-cache");
    expect(header(own, "Vary")).toContain("Authorization");
    expect(header(await serviceFor(anton).fetch(PATH), "ETag")).not.toBe(header(own, "ETag"));
    const one = await staff.fetch(`${PATH}/${ada.id}`);
    expect(header(one, "Cache-Control")).toContain("no-transform");
    expect(lastRoundTrips(staff)).toBe(1);
  });

  it("OWASP 5 requires staff or admin with the scope `users:read`", async () => {
    for (const [service, status] of [
      [serviceFor(ada), 403],
      [serviceFor(stella, { scopes: ["posts:write"] }), 403],
      [serviceFor({ id: userId(50), role: "customer" }, { kind: "service" }), 403],
      [staff, 200],
      [serviceFor(anton), 200],
    ] as const) {
      expect((await service.fetch(PATH)).status).toBe(status);
      if (status === 403) expect(lastRoundTrips(service)).toBe(0);
    }
    const refused = await serviceFor(stella, { scopes: ["users:write"] }).fetch(PATH);
    expect(header(refused, "WWW-Authenticate")).toMatch(/error="insufficient_scope", scope="users:read"/);
  });
});
