/** The pages, links and problems of a list. */
import { expect } from "vitest";
import { ORIGIN } from "./service.ts";

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

/** The query parameters of a path, by name. */
export function parametersOf(path: string | undefined): Record<string, string> {
  return Object.fromEntries(new URL(path ?? "", ORIGIN).searchParams);
}

/** A problem: the last segment of its type, and the parameters that it names. */
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
