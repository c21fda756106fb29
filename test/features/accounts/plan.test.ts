/** The query plans of SQLite for the statements on users: each uses an index. */
import { beforeAll, describe, expect, it } from "vitest";
import { rowsRead, startRecorder } from "../../support/recorder.ts";
import { startService } from "../../support/service.ts";
import { listAt, type Parameters, sortsOf } from "./lists.ts";
import { anton, insertPeople, person, principalOf, userId } from "./people.ts";
import { expectIndexed, sortsNothing } from "./plans.ts";

const PATH = "/v1/users";
const recorder = startRecorder();
const service = startService({ as: principalOf(anton), bindings: { DB: recorder.database } });

beforeAll(async () => {
  const roles = ["customer", "customer", "customer", "staff", "admin"] as const;
  await insertPeople(
    ...Array.from({ length: 1000 }, (_, number) => person(number, { role: roles[number % 5] ?? "customer" })),
  );
  recorder.take();
});

/** The statements of the first page, the next page and the previous page. */
async function statementsOf(parameters: Parameters) {
  const first = await listAt(service, PATH, parameters);
  if (first.page.next !== null) {
    const next = await listAt(service, PATH, { ...parameters, cursor: first.page.next });
    if (next.page.prev !== null) await listAt(service, PATH, { ...parameters, cursor: next.page.prev });
  }
  return recorder.take();
}

const SEVERAL: Parameters = { "filter[role]": "customer,staff" };
const FILTERS: readonly Parameters[] = [
  {},
  { "filter[role]": "customer" },
  SEVERAL,
  { "filter[email]": "person7@example.com" },
  { "filter[email]": "person7@example.com", "filter[role]": "customer,staff" },
];

describe("query plans of users", () => {
  it("use an index for every sort order and filter", async () => {
    for (const filter of FILTERS) {
      for (const sort of sortsOf(["created_at", "name", "email"])) {
        const label = JSON.stringify({ ...filter, sort });
        const statements = await statementsOf({ ...filter, sort, limit: 2 });
        await expectIndexed(statements, label);
        const isPlain = !sort.includes(",") && filter !== SEVERAL && filter["filter[email]"] === undefined;
        if (isPlain) for (const statement of statements) expect(await sortsNothing(statement), label).toBe(true);
      }
    }
  }, 120_000);

  it("use an index for frozen views, one user, the validator and the writes", async () => {
    for (const filter of FILTERS) {
      const { page } = await listAt(service, PATH, { ...filter, page: 1, limit: 1 });
      if (page.next !== null) await listAt(service, PATH, { ...filter, page: 2, limit: 1, snapshot: page.snapshot });
      await expectIndexed(recorder.take(), `frozen ${JSON.stringify(filter)}`);
    }
    const response = await service.fetch(`${PATH}/${userId(7)}`);
    const etag = response.headers.get("ETag") ?? "";
    await expectIndexed(recorder.take(), "one user");
    const list = await service.fetch(PATH);
    recorder.take();
    await service.fetch(PATH, { headers: { "If-None-Match": list.headers.get("ETag") ?? "" } });
    await expectIndexed(recorder.take(), "validator");
    const change = { method: "PATCH", body: '{"email":"new@example.com","role":"customer"}' };
    const headers = { "If-Match": etag, "Content-Type": "application/merge-patch+json" };
    expect((await service.fetch(`${PATH}/${userId(7)}`, { ...change, headers })).status).toBe(200);
    await expectIndexed(recorder.take(), "change");
    const demoted = await service.fetch(`${PATH}/${userId(4)}`, {
      ...change,
      body: '{"role":"customer"}',
      headers: { ...headers, "If-Match": "*" },
    });
    expect(demoted.status).toBe(200);
    await expectIndexed(recorder.take(), "demotion");
    expect(
      (await service.fetch(`${PATH}/${userId(9)}`, { method: "DELETE", headers: { "If-Match": "*" } })).status,
    ).toBe(204);
    await expectIndexed(recorder.take(), "deletion");
  });
});

describe("rows read for a page of 20 of 1,000 users", () => {
  it.each<[string, Parameters, number]>([
    ["the default order", {}, 25],
    ["a role", { "filter[role]": "staff", sort: "name" }, 25],
    ["several roles", { "filter[role]": "customer,staff", sort: "-email" }, 90],
    ["an address", { "filter[email]": "person7@example.com", sort: "name" }, 4],
  ])("%s", async (_, parameters, most) => {
    await listAt(service, PATH, parameters);
    const [statement] = recorder.take();
    if (statement === undefined) throw new Error("no statement was recorded");
    expect(await rowsRead(statement)).toBeLessThanOrEqual(most);
  });
});
