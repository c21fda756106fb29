/**
 * A minimal browser for logging in: cookies, redirects and forms over HTTP. It sends requests only to its own origin,
 * and returns redirects to other origins to the caller.
 */
import { setTimeout } from "node:timers/promises";

export interface Form {
  /** Absolute URL. */
  readonly action: string;
  /** The fields with a value, and the names of all fields. */
  readonly values: ReadonlyMap<string, string>;
  readonly names: readonly string[];
}

export interface Page {
  readonly status: number;
  readonly url: string;
  readonly text: string;
  readonly form: Form | undefined;
}

export type Visit = { readonly kind: "page"; readonly page: Page } | { readonly kind: "away"; readonly url: URL };

const MAX_REDIRECTS = 10;

export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** @throws Error if the host does not respond or redirects too often */
  async open(url: string, form?: URLSearchParams): Promise<Visit> {
    let next = new URL(url, this.#origin);
    let body = form;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      if (next.origin !== this.#origin) return { kind: "away", url: next };
      const response = await this.#send(next, body);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) {
        return { kind: "page", page: pageOf(response.status, next, await response.text()) };
      }
      await response.body?.cancel();
      next = new URL(location, next);
      body = undefined;
    }
    throw new Error("too many redirects");
  }

  async #send(url: URL, form: URLSearchParams | undefined): Promise<Response> {
    const response = await fetchPatiently(url, {
      redirect: "manual",
      headers: {
        accept: "text/html",
        cookie: Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join("; "),
        ...(form === undefined ? {} : { origin: this.#origin }),
      },
      ...(form === undefined ? {} : { method: "POST", body: form }),
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return response;
  }

  #keep(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split(";").map((part) => part.trim());
    const [, name, value] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) return;
    const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice("expires=".length);
    const isGone = expires !== undefined && Date.parse(expires) <= Date.now();
    if (isGone || attributes.some((attribute) => /^max-age=0$/i.test(attribute))) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

const MAX_WAITS = 5;
const LONGEST_WAIT_SECONDS = 15;

/** Fetches, and retries a 429 after its `Retry-After` if that is short. */
export async function fetchPatiently(url: URL | string, init: RequestInit): Promise<Response> {
  for (let waits = 0; ; waits += 1) {
    const response = await fetch(url, init);
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    if (response.status !== 429 || waits === MAX_WAITS || !(seconds <= LONGEST_WAIT_SECONDS)) return response;
    await response.body?.cancel();
    await setTimeout(seconds * 1000);
  }
}

function pageOf(status: number, url: URL, text: string): Page {
  return { status, url: url.href, text, form: firstForm(text, url) };
}

/** The first form with the method POST. */
function firstForm(html: string, base: URL): Form | undefined {
  for (const [, attributes = "", content = ""] of html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)) {
    if (attributeOf(attributes, "method")?.toLowerCase() !== "post") continue;
    const controls = Array.from(content.matchAll(/<(?:input|button)\b([^>]*)>/g), ([, tag = ""]) => tag);
    const named = controls.flatMap((tag) => {
      const name = attributeOf(tag, "name");
      return name === undefined ? [] : [{ name, value: attributeOf(tag, "value"), type: attributeOf(tag, "type") }];
    });
    const sent = named.filter(({ type }) => type !== "submit");
    return {
      action: new URL(attributeOf(attributes, "action") ?? "", base).href,
      values: new Map(sent.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]))),
      names: named.map(({ name }) => name),
    };
  }
  return undefined;
}

function attributeOf(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`, "i").exec(tag)?.[1];
  return value
    ?.replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
