/** Follows a list from page to page, as a client does. */
import { expect } from "vitest";
import type { ListBody } from "../../support/lists.ts";
import type { Service } from "../../support/service.ts";

/** Fetches one page and asserts success. `parameters` form the query; undefined ones are left out. */
export async function list(
  service: Service,
  parameters: Readonly<Record<string, string | number | undefined>> = {},
): Promise<ListBody> {
  // The tests change rows in the database directly, so the service must not answer from a cache.
  const response = await service.fetch(pathOf(parameters), { headers: { "Cache-Control": "no-cache" } });
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json<ListBody>();
}

export function pathOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return `/v1/products?${new URLSearchParams(given)}`;
}

/** All pages of a forward walk from the beginning. */
export async function walk(service: Service, parameters: Readonly<Record<string, string | number>>) {
  const pages: ListBody[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(service, { ...parameters, cursor });
    pages.push(page);
    expect(page.page.has_more).toBe(page.page.next !== null);
    cursor = page.page.next ?? undefined;
    expect(pages.length, "the walk does not end").toBeLessThan(2000);
  } while (cursor !== undefined);
  return pages;
}
