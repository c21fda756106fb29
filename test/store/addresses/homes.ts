/** Addresses for tests: rows written directly to the database, and addresses created over HTTP. */
import { env } from "cloudflare:workers";
import { header } from "../../support/requests.ts";
import type { Service } from "../../support/service.ts";

export interface Home {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly createdAt: number;
}

export const INPUT = {
  name: "Ada Moreno",
  line1: "2124 Coldspring Mill Ln",
  city: "Albuquerque",
  region: "NM",
  postal_code: "87182",
  country: "US",
};

/** A well-formed id that sorts by `number`. */
export function addressId(number: number): string {
  return `addr_01hk2nvj80e8ev3rx1${String(number).padStart(8, "0")}`;
}

export function home(number: number, userId: string, change: Partial<Home> = {}): Home {
  return { id: addressId(number), userId, name: `Home ${number}`, createdAt: 1000 + number, ...change };
}

export async function insertHomes(...homes: readonly Home[]): Promise<void> {
  for (let start = 0; start < homes.length; start += 200) {
    await env.DB.batch(
      homes
        .slice(start, start + 200)
        .map(({ id, userId, name, createdAt }) =>
          env.DB.prepare(
            "INSERT INTO addresses (id, user_id, name, line1, city, postal_code, country, created_at, updated_at) VALUES (?, ?, ?, 'A 1', 'B', '1', 'DE', ?, ?)",
          ).bind(id, userId, name, createdAt, createdAt),
        ),
    );
  }
}

export async function removeHome(id: string): Promise<void> {
  await env.DB.prepare("UPDATE addresses SET deleted_at = 5, version = version + 1 WHERE id = ?").bind(id).run();
}

export async function storedAddress(id: string): Promise<Record<string, unknown> | null> {
  return env.DB.prepare("SELECT * FROM addresses WHERE id = ?").bind(id).first();
}

export function post(service: Service, body: unknown): Promise<Response> {
  return service.fetch("/v1/addresses", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

export async function makeAddress(service: Service, change: Partial<typeof INPUT & { line2: string }> = {}) {
  const response = await post(service, { ...INPUT, ...change });
  if (response.status !== 201) throw new Error(`no address: ${response.status} ${await response.text()}`);
  const address = await response.json<{ id: string; user_id: string }>();
  return { path: `/v1/addresses/${address.id}`, etag: header(response, "ETag"), address };
}
