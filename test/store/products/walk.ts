/** Follows a list from page to page, as a client does. */
import { expect } from "vitest";
import { ORIGIN, type Service } from "../../support/service.ts";

export interface ListBody {
  readonly data: readonly { readonly id: string; readonly name: string; readonly [member: string]: unknown }[];
  readonly page: {
    readonly next: string | null;
    readonly prev: string | null;
    readonly has_more: boolean;
    readonly limit: number;
    readonly snapshot?: string;
  };
  readonly facets?: Readonly<Record<string, readonly { readonly value: string; readonly count: number }[]>>;
}

/** One page that must be a success. `parameters` are of the list's query, undefined ones left out. */
export async function list(
  service: Service,
  parameters: Readonly<Record<string, string | number | undefined>> = {},
): Promise<ListBody> {
  // Tests change rows behind the service's back, where it must look.
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

/** All pages of a walk forward, from the beginning. */
export async function walk(service: Service, parameters: Readonly<Record<string, string | number>>) {
  const pages: ListBody[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(service, { ...parameters, cursor });
    pages.push(page);
    expect(page.page.has_more).toBe(page.page.next !== null);
    cursor = page.page.next ?? undefined;
    expect(pages.length, "a walk that never ends").toBeLessThan(2000);
  } while (cursor !== undefined);
  return pages;
}

export function idsOf(...pages: readonly ListBody[]): string[] {
  return pages.flatMap((page) => page.data.map((item) => item.id));
}

/** The Link header by relation, as paths with their queries. */
export function linksOf(response: Response): Record<string, string> {
  const header = response.headers.get("Link") ?? "";
  return Object.fromEntries(
    Array.from(header.matchAll(/<([^>]*)>; rel="([^"]*)"/g), ([, href = "", rel = ""]) => {
      expect(href.startsWith(`${ORIGIN}/`), `${href} is absolute`).toBe(true);
      return [rel, href.slice(ORIGIN.length)];
    }),
  );
}

/** The parameters that a path has, by name. */
export function parametersOf(path: string | undefined): Record<string, string> {
  return Object.fromEntries(new URL(path ?? "", ORIGIN).searchParams);
}

/** A problem with its type's last segment and the parameters it names. */
export async function refusalOf(response: Response) {
  const body = await response.json<{
    type: string;
    detail: string;
    errors?: { parameter: string; detail: string }[];
  }>();
  return {
    status: response.status,
    type: body.type.split("/").at(-1),
    detail: body.detail,
    parameters: body.errors?.map((fault) => fault.parameter),
    details: body.errors?.map((fault) => fault.detail),
  };
}
