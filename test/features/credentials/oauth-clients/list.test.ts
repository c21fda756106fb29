/** The list of OAuth clients: sort orders, query plans and cost. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { planOf, startRecorder } from "../../../support/recorder.ts";
import { header } from "../../../support/requests.ts";
import { type Service, startService } from "../../../support/service.ts";
import { admin } from "../api-keys/keys.ts";
import { APP, makeClient, openAdministration } from "./clients.ts";

interface Body {
  readonly data: readonly { readonly id: string }[];
  readonly page: { readonly next: string | null };
}

const recorder = startRecorder();
const SORTS = ["created_at", "-created_at", "name", "-name", "name,-created_at", "-created_at,name"];
let service: Service;

beforeEach(async () => {
  await openAdministration();
  service = startService({ as: admin, bindings: { DB: recorder.database } });
});

/** Inserts clients; several share each name and each time. */
async function fill(count: number): Promise<void> {
  await env.DB.batch(
    Array.from({ length: count }, (_, number) =>
      env.DB.prepare(
        "INSERT INTO oauth_clients (id, client_id, name, type, grant_types, scopes, created_at, updated_at) VALUES (?1, ?1, ?2, 'public', '[\"authorization_code\"]', '[\"admin\"]', ?3, ?3)",
      ).bind(
        `client_01hzz0000000000000000${String(number).padStart(5, "0")}`,
        `Client ${(number * 7) % 5}`,
        1_700_000_000_000 + (Math.floor(number / 3) % 4),
      ),
    ),
  );
}

async function list(parameters: Record<string, string> = {}): Promise<Body> {
  const response = await service.fetch(`/v1/oauth-clients?${new URLSearchParams(parameters)}`);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json();
}

const lastRoundTrips = () => JSON.parse(service.logs.at(-1) ?? "{}")["db.round_trips"];

it.each(SORTS)("a walk in the order %s shows each client once", async (sort) => {
  await fill(23);
  const keys = sort.split(",").map((key) => (key.startsWith("-") ? `${key.slice(1)} DESC` : key));
  const last = keys.at(-1)?.endsWith("DESC") ? "DESC" : "ASC";
  const { results } = await env.DB.prepare(
    `SELECT id FROM oauth_clients ORDER BY ${keys.join(", ")}, id ${last}`,
  ).all();
  const seen: { id: string }[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: Body = await list({ sort, limit: "4", ...(cursor === "" ? {} : { cursor }) });
    seen.push(...page.data.map(({ id }) => ({ id })));
    expect(seen.length).toBeLessThan(100);
    cursor = page.page.next;
  }
  expect(seen).toEqual(results);
});

it.each(SORTS.slice(0, 4))("the query plan of the order %s uses an index and does not sort", async (sort) => {
  await fill(23);
  recorder.take();
  const { page } = await list({ sort, limit: "4" });
  await list({ sort, limit: "4", cursor: page.next ?? "" });
  const statements = recorder.take();
  expect(statements).toHaveLength(2);
  for (const statement of statements) {
    const steps = await planOf(statement);
    expect(steps.filter((step) => step.includes("oauth_clients"))).toEqual([
      expect.stringMatching(/INDEX oauth_clients_by_(name|created_at)/),
    ]);
    expect(steps.join("\n")).not.toContain("TEMP B-TREE");
  }
});

describe("the cost of a list", () => {
  it("is one round trip, two if the list is empty, and one if it is unchanged; a changed list has another ETag", async () => {
    await list();
    expect(lastRoundTrips()).toBe(2);
    await makeClient(service, APP);
    const response = await service.fetch("/v1/oauth-clients");
    expect(lastRoundTrips()).toBe(1);
    const headers = { "If-None-Match": header(response, "ETag") };
    expect((await service.fetch("/v1/oauth-clients", { headers })).status).toBe(304);
    expect(lastRoundTrips()).toBe(1);
    await makeClient(service, APP);
    expect((await service.fetch("/v1/oauth-clients", { headers })).status).toBe(200);
  });
});
