/** The list of users: who is in it, its filters and orders, walks while it changes, frozen views, tags and costs. */
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

/** People of whom many share each sort key. */
function crowd(count: number): Person[] {
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
  it("D01 is walked in each of its 78 orders, forward and back", async () => {
    const people = crowd(23);
    await insertPeople(...people);
    expect(new Set(SORTS).size).toBe(78);
    for (const sort of SORTS) {
      expect(idsIn(...(await walkAt(staff, PATH, { sort, limit: 9 }))), sort).toEqual(inOrder(people, sort));
    }
  }, 60_000);

  it("has people who are there, the newest first, and no client's account", async () => {
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
    const people = crowd(20);
    await insertPeople(...people);
    const expected = people.filter(({ role }) => (roles as readonly string[]).includes(role));
    for (const sort of ["created_at", "-name", "email,-name"]) {
      const pages = await walkAt(staff, PATH, { ...filter, sort, limit: 4 });
      expect(idsIn(...pages)).toEqual(inOrder(expected, sort));
    }
  });

  it("E11 finds the one with an address, in whatever letters, and nobody for what is none", async () => {
    await insertPeople(...crowd(9), ada);
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

  it("E01 shows the fields asked for", async () => {
    await insertPeople(ada);
    expect((await listAt(staff, PATH, { fields: "role" })).data).toEqual([{ id: ada.id, role: "customer" }]);
  });

  it.each([
    ["sort=role", "sort"],
    ["fields=password_hash", "fields"],
    ["filter[name]=Ada", "filter[name]"],
    ["q=ada", "q"],
    ["limit=101", "limit"],
  ])("D12 400 for %s", async (query, parameter) => {
    const refused = await refusalOf(await staff.fetch(`${PATH}?${query}`));
    expect(refused).toMatchObject({ status: 400, type: "invalid-parameter", parameters: [parameter] });
    expect(lastRoundTrips(staff)).toBe(0);
  });

  it("D05 400 for a cursor of another filter or order", async () => {
    await insertPeople(...crowd(9));
    const { page } = await listAt(staff, PATH, { limit: 2, sort: "name", "filter[role]": "customer" });
    for (const query of ["sort=name", "sort=-name&filter[role]=customer", "sort=name&filter[role]=staff"]) {
      const response = await staff.fetch(`${PATH}?${query}&cursor=${page.next}`);
      expect(await refusalOf(response)).toMatchObject({ status: 400, type: "invalid-cursor" });
    }
  });
});

type Change = { readonly kind: "insert" | "remove" | "removeLast"; readonly which: number };

it("D02 a walk shows everybody who stayed exactly once, whoever comes and goes", async () => {
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
        const people = crowd(30);
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
  it("keeps membership and order, in pages by number", async () => {
    const people = crowd(9);
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

  it("D06 is nobody else's", async () => {
    await insertPeople(...crowd(3));
    const { page } = await listAt(staff, PATH, { page: 1 });
    const other = await serviceFor(anton).fetch(`${PATH}?page=1&snapshot=${page.snapshot}`);
    expect(other.status).toBe(400);
  });
});

describe("what it costs and how it is kept", () => {
  it("is one round trip, two where it is empty, and one for a 304", async () => {
    await insertPeople(...crowd(30));
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
    await remove(crowd(1)[0]?.id ?? "");
    expect((await staff.fetch(PATH, { headers: { "If-None-Match": etag } })).status).toBe(200);
  });

  it("C09 is the caller's own, by tag and by header", async () => {
    await insertPeople(ada);
    const mine = await staff.fetch(PATH);
    expect(header(mine, "Cache-Control")).toBe("private, no-cache");
    expect(header(mine, "Vary")).toContain("Authorization");
    expect(header(await serviceFor(anton).fetch(PATH), "ETag")).not.toBe(header(mine, "ETag"));
    const one = await staff.fetch(`${PATH}/${ada.id}`);
    expect(header(one, "Cache-Control")).toContain("no-transform");
    expect(lastRoundTrips(staff)).toBe(1);
  });

  it("OWASP 5 is for staff with the scope", async () => {
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
    const told = await serviceFor(stella, { scopes: ["users:write"] }).fetch(PATH);
    expect(header(told, "WWW-Authenticate")).toMatch(/error="insufficient_scope", scope="users:read"/);
  });
});
