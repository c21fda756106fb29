/** Products for tests: creates them over HTTP and reads the rows of the database. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { header, patch, problemOf } from "../../support/requests.ts";
import type { Service } from "../../support/service.ts";

/** A well-formed id that no product has. */
export const MISSING = "/v1/products/prod_01hk2nvj80e8ev3rx1q7t4d6zz";

export const INPUT = {
  name: "Walnut lamp",
  description: "A lamp.",
  category: "lamps",
  brand: "acme",
  price: { amount: 12_900, currency: "USD" },
  stock: 3,
};

export type Input = typeof INPUT;
export type Product = Input & { id: string; created_at: string; updated_at: string };

export interface Made {
  readonly path: string;
  readonly etag: string;
  readonly lastModified: string;
  readonly product: Product;
}

export function post(service: Service, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return service.fetch("/v1/products", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

export async function makeProduct(service: Service, change: Partial<Input> = {}): Promise<Made> {
  const response = await post(service, { ...INPUT, ...change });
  if (response.status !== 201) throw new Error(`no product: ${response.status} ${await response.text()}`);
  const product: Product = await response.json();
  return {
    path: `/v1/products/${product.id}`,
    etag: header(response, "ETag"),
    lastModified: header(response, "Last-Modified"),
    product,
  };
}

/** The stored row or undefined, and the list's generation: everything that a write of a product can change. */
export async function storedProduct(id: string): Promise<Record<string, unknown> | undefined> {
  return (await env.DB.prepare("SELECT * FROM products WHERE id = ?").bind(id).first()) ?? undefined;
}

/** Everything stored, to assert that nothing was written. */
export async function storedState(): Promise<unknown> {
  const [products, collections, guards] = await env.DB.batch([
    env.DB.prepare("SELECT * FROM products ORDER BY seq"),
    env.DB.prepare("SELECT * FROM collections ORDER BY name"),
    env.DB.prepare("SELECT * FROM guards"),
  ]);
  return [products?.results, collections?.results, guards?.results];
}

export async function generationOfProducts(): Promise<number> {
  const row = await env.DB.prepare("SELECT generation FROM collections WHERE name = 'products'").first<{
    generation: number;
  }>();
  return row?.generation ?? Number.NaN;
}

/** Sends a patch that must be refused, and asserts that it changed nothing. */
export async function refusedPatch(service: Service, type: string, body: unknown) {
  const made = await makeProduct(service);
  const before = await storedState();
  service.advance(1000);
  const response = await patch(service, made.path, type, body, { "If-Match": made.etag });
  const problem = await problemOf(response);
  expect(await storedState(), JSON.stringify(problem)).toEqual(before);
  return {
    status: response.status,
    code: problem.code,
    faults: (problem.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`),
  };
}
