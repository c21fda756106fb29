/** The list of API keys: visibility, sort orders, query plans and cost. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { planOf, startRecorder } from "../../../support/recorder.ts";
import { header } from "../../../support/requests.ts";
import { type Service, startService } from "../../../support/service.ts";
import { ada, admin, bob, makeKey, openAccounts } from "./keys.ts";

interface Body {
  readonly data: readonly { readonly id: string; readonly name: string; readonly user_id: string }[];
  readonly page: { readonly next: string | null; readonly prev: string | null };
}

const recorder = startRecorder();
let asAda: Service;
let asBob: Service;
let asAdmin: Service;

beforeEach(async () => {
  await openAccounts();
  [asAda, asBob, asAdmin] = [ada, bob, admin].map((as) =>
    startService({ as, bindings: { DB: recorder.database } }),
  ) as [Service, Service, Service]; // one for each of the three
});

/** Alternates between two owners; several keys share each name and each time. */
async function fill(count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, number) => [
    `key_01hzz00000000000000000${String(number).padStart(4, "0")}`,
    number % 2 === 0 ? ada.id : bob.id,
    `Key ${(number * 7) % 5}`,
    `hash ${number}`,
    1_700_000_000_000 + (Math.floor(number / 3) % 4),
  ]);
  await env.DB.batch(
    rows.map((values) =>
      env.DB.prepare(
        "INSERT INTO api_keys (id, user_id, name, hint, secret_hash, scopes, created_at, updated_at) VALUES (?1, ?2, ?3, 'sluice_AAAAA', ?4, '[\"comments:read\"]', ?5, ?5)",
      ).bind(...values),
    ),
  );
}

async function list(service: Service, parameters: Record<string, string> = {}): Promise<Body> {
  const response = await service.fetch(`/v1/api-keys?${new URLSearchParams(parameters)}`);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json();
}

async function walk(service: Service, parameters: Record<string, string>): Promise<Body["data"][number][]> {
  const pages: Body[] = [];
  for (let cursor: string | null = ""; cursor !== null; cursor = pages.at(-1)?.page.next ?? null) {
    pages.push(await list(service, { ...parameters, ...(cursor === "" ? {} : { cursor }) }));
    expect(pages.length).toBeLessThan(100);
  }
  return pages.flatMap(({ data }) => data);
}

const lastLine = (service: Service) => JSON.parse(service.logs.at(-1) ?? "{}");

const SORTS = ["created_at", "-created_at", "name", "-name", "name,-created_at", "-created_at,name"];

describe("a walk", () => {
  it.each(SORTS)("in the order %s shows each of the caller's keys once, and no other keys", async (sort) => {
    await fill(41);
    const { results } = await env.DB.prepare(
      `SELECT id FROM api_keys WHERE user_id = ? ORDER BY ${sort
        .split(",")
        .map((key) => (key.startsWith("-") ? `${key.slice(1)} DESC` : key))
        .join(", ")}, id ${sort.split(",").at(-1)?.startsWith("-") ? "DESC" : ""}`,
    )
      .bind(ada.id)
      .all<{ id: string }>();
    const seen = await walk(asAda, { sort, limit: "4" });
    expect(seen.map(({ id }) => id)).toEqual(results.map(({ id }) => id));
    expect(new Set(seen.map(({ user_id }) => user_id))).toEqual(new Set([ada.id]));
  });

  it("of an admin shows the keys of all accounts", async () => {
    await fill(41);
    expect(new Set((await walk(asAdmin, { limit: "10" })).map(({ id }) => id)).size).toBe(41);
  });

  it("D06 cannot be continued by another account", async () => {
    await fill(41);
    const { page } = await list(asAda, { limit: "4" });
    for (const other of [asBob, asAdmin]) {
      expect((await other.fetch(`/v1/api-keys?limit=4&cursor=${page.next}`)).status).toBe(400);
    }
  });
});

describe("query plans", () => {
  it.each(SORTS.slice(0, 4))("of the order %s use an index and do not sort", async (sort) => {
    await fill(41);
    for (const service of [asAda, asAdmin]) {
      recorder.take();
      const { page } = await list(service, { sort, limit: "4" });
      await list(service, { sort, limit: "4", cursor: page.next ?? "" });
      const statements = recorder.take();
      expect(statements).toHaveLength(2);
      for (const statement of statements) {
        const steps = await planOf(statement);
        const own = steps.filter((step) => step.includes("api_keys"));
        expect(own, steps.join("\n")).toEqual([
          expect.stringMatching(
            service === asAda ? /^SEARCH .*INDEX api_keys_by_user/ : /INDEX api_keys_by_(name|created_at)/,
          ),
        ]);
        expect(steps.join("\n")).not.toContain("TEMP B-TREE");
      }
    }
  });
});

describe("the cost of a list", () => {
  it("is one round trip, two if the list is empty, and one if it is unchanged", async () => {
    await list(asAda);
    expect(lastLine(asAda)["db.round_trips"]).toBe(2);
    await fill(4);
    const response = await asAda.fetch("/v1/api-keys");
    expect(lastLine(asAda)["db.round_trips"]).toBe(1);
    const headers = { "If-None-Match": header(response, "ETag") };
    expect((await asAda.fetch("/v1/api-keys", { headers })).status).toBe(304);
    expect(lastLine(asAda)["db.round_trips"]).toBe(1);
  });
});

describe("the ETag of a list", () => {
  const tagOf = async (service: Service) => header(await service.fetch("/v1/api-keys"), "ETag");

  it("changes with the caller's keys, not with the keys of others", async () => {
    const [own, everybody] = [await tagOf(asAda), await tagOf(asAdmin)];
    await makeKey(asBob);
    expect(await tagOf(asAda)).toBe(own);
    const afterBob = await tagOf(asAdmin);
    expect(afterBob).not.toBe(everybody);
    await makeKey(asAda);
    expect(await tagOf(asAda)).not.toBe(own);
    expect(await tagOf(asAdmin)).not.toBe(afterBob);
  });
});
