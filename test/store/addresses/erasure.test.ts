/** The deletion of an account erases its addresses in the same commit. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { breakDatabase } from "../../features/accounts/breaking.ts";
import { listAt } from "../../features/accounts/lists.ts";
import {
  ada,
  anton,
  bob,
  everythingStored,
  insertPeople,
  principalOf,
  serviceFor,
} from "../../features/accounts/people.ts";
import { type Service, START, startService } from "../../support/service.ts";
import { emptyPeople } from "../support/people.ts";

const asAda = serviceFor(ada);
/** A text that occurs in all data of Ada and only there. */
const TRACE = "Xyzzy";

beforeEach(async () => {
  await emptyPeople();
  await insertPeople(ada, bob, anton);
  await insertAddresses(ada.id, TRACE, 0);
  await insertAddresses(bob.id, "Plugh", 1);
});

async function insertAddresses(owner: string, trace: string, number: number): Promise<void> {
  const address = (nth: number, deletedAt: number | null) =>
    env.DB.prepare(
      "INSERT INTO addresses (id, user_id, name, line1, line2, city, region, postal_code, country, created_at, updated_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'DE', 1, 1, ?)",
    ).bind(
      `addr_01hk2nvj80e8ev3rx1${number}000000${nth}`,
      owner,
      ...Array.from({ length: 6 }, (_, part) => `${trace} ${part}`),
      deletedAt,
    );
  await env.DB.batch([address(1, null), address(2, null), address(3, 5)]);
}

function remove(service: Service): Promise<Response> {
  return service.fetch(`/v1/users/${ada.id}`, { method: "DELETE", headers: { "If-Match": "*" } });
}

async function addressesOf(owner: string): Promise<Record<string, unknown>[]> {
  const { addresses } = await everythingStored();
  return (addresses as Record<string, unknown>[]).filter((row) => row["user_id"] === owner);
}

it.each([
  ["of themself", asAda],
  ["by an admin", serviceFor(anton)],
])("%s leaves empty tombstones and does not change other users' addresses", async (_, service) => {
  const others = await addressesOf(bob.id);
  expect((await remove(service)).status).toBe(204);
  expect(JSON.stringify(await everythingStored())).not.toContain(TRACE);
  expect((await addressesOf(ada.id)).map(({ deleted_at }) => deleted_at)).toEqual([START, START, 5]);
  expect(await addressesOf(bob.id)).toEqual(others);
  expect(JSON.stringify(others)).toContain("Plugh");
  expect((await listAt(asAda, "/v1/addresses")).data).toEqual([]);
});

it("prevents a new address with a token that is still valid elsewhere", async () => {
  await remove(asAda);
  const before = await everythingStored();
  const response = await asAda.fetch("/v1/addresses", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: "A", line1: "B 1", city: "C", postal_code: "1", country: "DE" }),
  });
  expect(response.status).toBe(403);
  expect(await everythingStored()).toEqual(before);
});

it("is atomic with the account: if any statement fails, no address changes", async () => {
  const before = await everythingStored();
  for (let failing = 0; ; failing += 1) {
    const { database, wasBroken } = breakDatabase(failing);
    const response = await remove(startService({ as: principalOf(ada), bindings: { DB: database } }));
    if (!wasBroken()) {
      expect(response.status).toBe(204);
      expect(failing).toBeGreaterThan(8);
      break;
    }
    expect(response.status).toBe(500);
    expect(await everythingStored()).toEqual(before);
  }
});
