/** A simulated browser: keeps cookies, fills in the forms of pages, and sends them. */
import { expect } from "vitest";
import { ORIGIN, type Service } from "../../support/service.ts";
import { type Element, readElements } from "../markup-check.ts";

export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The elements of the page; empty if the response is not HTML. */
  readonly elements: readonly Element[];
  /** The `Location` header. */
  readonly location: string | null;
}

export interface Visitor {
  readonly cookies: Map<string, string>;
  open(path: string): Promise<Shown>;
  /** Sends a form of the service as a browser does, with the token of the latest page. */
  send(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Shown>;
  /** Follows the redirect of a response. */
  follow(shown: Shown): Promise<Shown>;
}

export const NAVIGATION = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate" };
export const FROM_PAGE = { ...NAVIGATION, Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" };

export function visit(service: Service): Visitor {
  const cookies = new Map<string, string>();
  let csrf = "";
  /**
   * The hidden fields of the latest page, by the action of their form. If forms share an action, the first one counts.
   */
  let hiddenFields = new Map<string, Record<string, string>>();

  async function fetchShown(path: string, init: RequestInit): Promise<Shown> {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set("Cookie", Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; "));
    const response = await service.fetch(path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) keep(line);
    const text = await response.text();
    const isPage = response.headers.get("Content-Type")?.startsWith("text/html") === true;
    const elements = isPage ? readElements(text) : [];
    csrf = fieldOf(elements, "csrf") ?? csrf;
    if (isPage) hiddenFields = hiddenFieldsOf(elements);
    const { status } = response;
    return { status, headers: response.headers, text, elements, location: response.headers.get("Location") };
  }

  function keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    expect(name, "the cookie has the __Host- prefix").toMatch(/^__Host-/);
    expect(line, "the cookie has no Domain attribute").not.toMatch(/; domain=/i);
    for (const attribute of [/; path=\/(;|$)/i, /; httponly(;|$)/i, /; samesite=lax(;|$)/i, /; secure(;|$)/i])
      expect(line).toMatch(attribute);
    if (/; max-age=0(;|$)/i.test(line)) cookies.delete(name);
    else cookies.set(name, value);
  }

  const open = (path: string) => fetchShown(path, { headers: { ...NAVIGATION, "Sec-Fetch-Site": "none" } });
  return {
    cookies,
    open,
    send: (path, fields, headers = FROM_PAGE) =>
      fetchShown(path, {
        method: "POST",
        headers: { ...headers },
        body: new URLSearchParams({ csrf, ...hiddenFields.get(path), ...fields }),
      }),
    follow: async (shown) => {
      expect(shown.status, shown.text).toBe(303);
      return open(shown.location ?? "");
    },
  };
}

function hiddenFieldsOf(elements: readonly Element[]): Map<string, Record<string, string>> {
  const forms = new Map<string, Record<string, string>>();
  let fields: Record<string, string> = {};
  for (const { name, attributes } of elements) {
    if (name === "form") {
      const action = attributes.get("action") ?? "";
      fields = {};
      if (!forms.has(action)) forms.set(action, fields);
    } else if (attributes.get("type") === "hidden") {
      fields[attributes.get("name") ?? ""] = unescaped(attributes.get("value") ?? "");
    }
  }
  return forms;
}

/** The value of the first field with this name. */
export function fieldOf(elements: readonly Element[], name: string): string | undefined {
  const field = elements.find((element) => element.name === "input" && element.attributes.get("name") === name);
  return field?.attributes.get("value");
}

/** The text of a page without its tags. */
export function wordsOf(shown: Shown): string {
  return unescaped(shown.text.replaceAll(/<[^>]*>/g, "").replaceAll(/\s+/g, " "));
}

function unescaped(text: string): string {
  return text.replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** The path of the latest link of this kind in the local mailbox. */
export async function linkFromMailbox(visitor: Visitor, kind: "verify" | "reset"): Promise<string> {
  const mailbox = await visitor.open("/mailbox");
  expect(mailbox.status).toBe(200);
  const link = mailbox.elements
    .map(({ attributes }) => attributes.get("href") ?? "")
    .find((href) => href.startsWith(`/${kind}/`));
  if (link === undefined) throw new Error(`no link to /${kind} in the mailbox: ${wordsOf(mailbox)}`);
  return link;
}

export const PASSWORD = "nine unusual herons";

/** Signs up, confirms the address and signs in. */
export async function newPerson(service: Service, email: string, password = PASSWORD): Promise<Visitor> {
  const visitor = visit(service);
  await visitor.open("/sign-up");
  expect((await visitor.send("/sign-up", { name: "Grace Hopper", email, password })).status).toBe(303);
  const link = await linkFromMailbox(visitor, "verify");
  await visitor.open(link);
  const confirmed = await visitor.send(link, { password });
  expect(confirmed.location, wordsOf(confirmed)).toBe("/account?notice=email-verified");
  return visitor;
}
