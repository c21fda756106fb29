/**
 * The list of addresses: a customer's own, and all for staff. The tag of a list changes only with its own addresses.
 */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { idsIn, listAt, ordered, sortsOf, walkAt } from "../../features/accounts/lists.ts";
import {
  ada,
  anton,
  bob,
  insertPeople,
  lastRoundTrips,
  principalOf,
  serviceFor,
  stella,
  userId,
} from "../../features/accounts/people.ts";
import { expectIndexed, sortsNothing } from "../../features/accounts/plans.ts";
import { refusalOf } from "../../support/lists.ts";
import { startRecorder } from "../../support/recorder.ts";
import { header } from "../../support/requests.ts";
import { type Service, startService } from "../../support/service.ts";
import { emptyPeople } from "../support/people.ts";
import { addressId, type Home, home, insertHomes, makeAddress, removeHome } from "./homes.ts";

const PATH = "/v1/addresses";
const SORTS = sortsOf(["created_at", "name"]);
const asAda = serviceFor(ada);
const asBob = serviceFor(bob);
const asStella = serviceFor(stella);

beforeEach(async () => {
  await emptyPeople();
  await insertPeople(ada, bob, stella, anton);
});

/** Addresses of several owners, with many equal sort keys. */
function sampleAddresses(count: number): Home[] {
  return Array.from({ length: count }, (_, number) =>
    home(number + 100, [ada, bob, stella][number % 3]?.id ?? "", {
      name: ["Home", "Work", "home"][Math.floor(number / 3) % 3] ?? "",
      createdAt: 1000 + (number % 4),
    }),
  );
}

function inOrder(homes: readonly Home[], sort: string): string[] {
  const rows = homes as readonly (Home & Record<string, string | number>)[]; // all members are text or numbers
  return ordered(rows, sort, (row, name) => (name === "name" ? row.name : row.createdAt)).map(({ id }) => id);
}

async function etagFor(service: Service, query = ""): Promise<string> {
  return header(await service.fetch(`${PATH}${query}`), "ETag");
}

describe("visible addresses", () => {
  it("OWASP 1 are the caller's own for a customer and all for staff, in each of the 12 sort orders", async () => {
    const homes = sampleAddresses(24);
    await insertHomes(...homes);
    expect(new Set(SORTS).size).toBe(12);
    for (const sort of SORTS) {
      for (const [service, own] of [
        [asAda, homes.filter((row) => row.userId === ada.id)],
        [asBob, homes.filter((row) => row.userId === bob.id)],
        [asStella, homes],
      ] as const) {
        expect(idsIn(...(await walkAt(service, PATH, { sort, limit: 5 }))), sort).toEqual(inOrder(own, sort));
      }
    }
  });

  it("E11 can be filtered by owner within the caller's permissions", async () => {
    const homes = sampleAddresses(12);
    await insertHomes(...homes);
    const of = (id: string) =>
      inOrder(
        homes.filter((row) => row.userId === id),
        "-created_at",
      );
    const filtered = async (service: Service, id: string) =>
      idsIn(...(await walkAt(service, PATH, { "filter[user_id]": id, limit: 3 })));
    expect(await filtered(asStella, bob.id)).toEqual(of(bob.id));
    expect(await filtered(asAda, ada.id)).toEqual(of(ada.id));
    expect(await filtered(asAda, bob.id)).toEqual([]);
    expect(await filtered(asStella, "nonsense")).toEqual([]);
  });

  it("OWASP 5 are listed only with the scope", async () => {
    const refused = await serviceFor(ada, { scopes: ["addresses:write"] }).fetch(PATH);
    expect(refused.status).toBe(403);
    expect(header(refused, "WWW-Authenticate")).toMatch(/scope="addresses:read"/);
    expect((await startService().fetch(PATH)).status).toBe(401);
    expect((await serviceFor({ id: "https://login.example.test/ 1", role: "customer" }).fetch(PATH)).status).toBe(200);
  });

  it("D06 a cursor is refused for a caller who sees another list", async () => {
    await insertHomes(...sampleAddresses(24));
    const { page } = await listAt(asAda, PATH, { limit: 2 });
    for (const service of [asBob, asStella]) {
      const response = await service.fetch(`${PATH}?limit=2&cursor=${page.next}`);
      expect(await refusalOf(response)).toMatchObject({ status: 400, type: "invalid-cursor" });
    }
    const other = await asAda.fetch(`${PATH}?limit=2&cursor=${page.next}&filter[user_id]=${ada.id}`);
    expect(other.status).toBe(400);
  });

  it.each(["page=1", "snapshot=abc", "sort=city", "filter[country]=DE", "fields=seq"])(
    "D12 400 for %s",
    async (query) => {
      for (const service of [asAda, asStella]) {
        expect((await service.fetch(`${PATH}?${query}`)).status).toBe(400);
        expect(lastRoundTrips(service)).toBe(0);
      }
    },
  );
});

describe("the tag of a list", () => {
  it("C01 changes with the caller's own addresses only", async () => {
    await makeAddress(asAda);
    const mine = await etagFor(asAda);
    const all = await etagFor(asStella);
    const ofAda = await etagFor(asStella, `?filter[user_id]=${ada.id}`);
    await makeAddress(asBob);
    expect(await etagFor(asAda)).toBe(mine);
    expect(await etagFor(asStella)).not.toBe(all);
    expect(await etagFor(asStella, `?filter[user_id]=${ada.id}`)).toBe(ofAda);
    const second = await makeAddress(asAda);
    expect(await etagFor(asAda)).not.toBe(mine);
    expect(await etagFor(asStella, `?filter[user_id]=${ada.id}`)).not.toBe(ofAda);
    const before = await etagFor(asAda);
    await asAda.fetch(second.path, { method: "DELETE", headers: { "If-Match": "*" } });
    expect(await etagFor(asAda)).not.toBe(before);
  });

  it("C01 yields a 304 in one round trip, also for a list that was always empty", async () => {
    const fresh = serviceFor({ id: userId(80), role: "customer" });
    for (const service of [asAda, fresh]) {
      const first = await service.fetch(PATH);
      expect(first.status).toBe(200);
      const again = await service.fetch(PATH, { headers: { "If-None-Match": header(first, "ETag") } });
      expect(again.status).toBe(304);
      expect(lastRoundTrips(service)).toBe(1);
    }
  });

  it("C09 changes when the account gets a role that sees more", async () => {
    await makeAddress(asAda);
    await makeAddress(asBob);
    await makeAddress(asBob);
    for (const query of ["", `?filter[user_id]=${bob.id}`]) {
      const response = await serviceFor({ id: ada.id, role: "staff" }).fetch(`${PATH}${query}`, {
        headers: { "If-None-Match": await etagFor(asAda, query) },
      });
      expect(response.status).toBe(200);
    }
  });

  it("a page takes one round trip, an empty page two", async () => {
    await makeAddress(asAda);
    await asAda.fetch(PATH);
    expect(lastRoundTrips(asAda)).toBe(1);
    await asBob.fetch(PATH);
    expect(lastRoundTrips(asBob)).toBe(2);
  });
});

type Change = { readonly kind: "insert" | "remove" | "removeLast"; readonly which: number };

it("D02 a walk shows every own address that exists throughout exactly once, while others are added and deleted", async () => {
  const change: fc.Arbitrary<Change> = fc.record({
    kind: fc.constantFrom("insert" as const, "remove" as const, "removeLast" as const),
    which: fc.nat(35),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SORTS),
      fc.boolean(),
      fc.array(fc.array(change, { maxLength: 3 }), { minLength: 1, maxLength: 8 }),
      async (sort, isStaff, changes) => {
        await emptyPeople();
        await insertPeople(ada, bob, stella);
        const homes = sampleAddresses(36);
        await insertHomes(...homes);
        const isMine = (row: Home) => isStaff || row.userId === ada.id;
        const stayed = new Map(homes.filter(isMine).map((row) => [row.id, row]));
        const seen: string[] = [];
        let added = 0;
        let cursor: string | undefined;
        for (let number = 0; ; number += 1) {
          const page = await listAt(isStaff ? asStella : asAda, PATH, { sort, limit: 3, cursor });
          seen.push(...idsIn(page));
          if (page.page.next === null) break;
          cursor = page.page.next;
          for (const { kind, which } of changes[number % changes.length] ?? []) {
            if (kind === "insert") {
              added += 1;
              await insertHomes({ ...(homes[which] ?? home(1, ada.id)), id: addressId(500 + added * 37) });
            } else {
              const id = kind === "remove" ? (homes[which]?.id ?? "") : (seen.at(-1) ?? "");
              await removeHome(id);
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

describe("query plans of addresses", () => {
  const recorder = startRecorder();
  const bindings = { DB: recorder.database };

  it("go through an index, and do not sort for a single sort key, for every caller", async () => {
    await insertHomes(...sampleAddresses(120));
    for (const [who, filter] of [
      [ada, undefined],
      [ada, ada.id],
      [ada, bob.id],
      [stella, undefined],
      [stella, bob.id],
    ] as const) {
      const service = startService({ as: principalOf(who), bindings });
      for (const sort of SORTS) {
        const parameters = { sort, limit: 2, "filter[user_id]": filter };
        recorder.take();
        const { page } = await listAt(service, PATH, parameters);
        if (page.next !== null) {
          const next = await listAt(service, PATH, { ...parameters, cursor: page.next });
          await listAt(service, PATH, { ...parameters, cursor: next.page.prev ?? undefined });
        }
        const statements = recorder.take();
        await expectIndexed(statements, `${who.name} ${filter} ${sort}`);
        if (sort.includes(",")) continue;
        for (const statement of statements) expect(await sortsNothing(statement), statement.sql).toBe(true);
      }
    }
  });

  it("of one address, its writes and the validator go through an index", async () => {
    const service = startService({ as: principalOf(ada), bindings });
    recorder.take();
    const { path } = await makeAddress(service);
    await service.fetch(path);
    const headers = { "If-Match": "*", "Content-Type": "application/merge-patch+json" };
    await service.fetch(path, { method: "PATCH", headers, body: '{"name":"Other"}' });
    await service.fetch(path, { method: "DELETE", headers: { "If-Match": "*" } });
    await service.fetch(PATH, { headers: { "If-None-Match": '"a"' } });
    const statements = recorder.take();
    expect(statements.length).toBeGreaterThan(5);
    await expectIndexed(statements, "one address");
  });
});
