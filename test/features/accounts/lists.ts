/** Follows a list from page to page, as a client does. */
import { expect } from "vitest";
import type { ListBody } from "../../support/lists.ts";
import type { Service } from "../../support/service.ts";

export type Parameters = Readonly<Record<string, string | number | undefined>>;

/** Fetches one page and expects 200. Undefined parameters are left out. */
export async function listAt(service: Service, path: string, parameters: Parameters = {}): Promise<ListBody> {
  const response = await service.fetch(withQuery(path, parameters));
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json<ListBody>();
}

export function withQuery(path: string, parameters: Parameters): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** Follows `next` from the first page to the last, then `prev` back to the first. Returns all pages. */
export async function walkAt(service: Service, path: string, parameters: Parameters): Promise<ListBody[]> {
  const pages: ListBody[] = [];
  let cursor: string | undefined;
  do {
    const page = await listAt(service, path, { ...parameters, cursor });
    pages.push(page);
    cursor = page.page.next ?? undefined;
    expect(pages.length, "the number of pages").toBeLessThan(1000);
  } while (cursor !== undefined);
  let back = pages.at(-1)?.page.prev;
  for (const earlier of pages.slice(0, -1).reverse()) {
    const page = await listAt(service, path, { ...parameters, cursor: back ?? "" });
    expect(idsIn(page)).toEqual(idsIn(earlier));
    back = page.page.prev;
  }
  expect(back).toBeNull();
  return pages;
}

export function idsIn(...pages: readonly ListBody[]): string[] {
  return pages.flatMap((page) => page.data.map((item) => item.id));
}

/** All values of `sort` that use some of `names`. */
export function sortsOf(names: readonly string[]): string[] {
  const extend = (keys: readonly string[], left: readonly string[]): string[] =>
    left.flatMap((name) =>
      [name, `-${name}`].flatMap((key) => {
        const longer = [...keys, key];
        const others = left.filter((other) => other !== name);
        return [longer.join(","), ...extend(longer, others)];
      }),
    );
  return extend([], names);
}

type Row = Readonly<Record<string, string | number>> & { readonly id: string };

/** `rows` in the order of `sort`; ties are broken by id in the direction of the last key. Text must be ASCII. */
export function ordered<R extends Row>(
  rows: readonly R[],
  sort: string,
  keyOf: (row: R, name: string) => string | number,
) {
  const keys = sort.split(",").map((key) => ({ name: key.replace("-", ""), sign: key.startsWith("-") ? -1 : 1 }));
  const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
  return rows.toSorted((a, b) => {
    for (const { name, sign } of keys) {
      const difference = compare(keyOf(a, name), keyOf(b, name));
      if (difference !== 0) return sign * difference;
    }
    return (keys.at(-1)?.sign ?? -1) * compare(a.id, b.id);
  });
}
