/** A simulated person with a minimal browser, for authorizations: follows redirects and fills in forms. */

interface Cookie {
  readonly value: string;
  readonly path: string;
}

export interface Person {
  readonly email: string;
  readonly password: string;
}

export const ADA: Person = { email: "ada@example.com", password: "correct-horse-battery-staple" };

const MAX_STEPS = 12;

/** Takes every step from `start` on: signs in and allows the client. Returns the URL that redirects to the client. */
export async function goThrough(start: URL, redirectUri: string, person: Person = ADA): Promise<URL> {
  const cookies = new Map<string, Cookie>();
  let request = new Request(start, { redirect: "manual" });
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const response = await fetch(withCookies(request, cookies));
    keepCookies(cookies, response);
    const location = response.headers.get("location");
    if (location !== null) {
      const next = new URL(location, request.url);
      if (next.href.startsWith(redirectUri)) return next;
      request = new Request(next, { redirect: "manual" });
    } else {
      request = filledIn(await response.text(), request.url, person);
    }
  }
  throw new Error(`no redirect to ${redirectUri} after ${MAX_STEPS} steps`);
}

function withCookies(request: Request, cookies: ReadonlyMap<string, Cookie>): Request {
  const { pathname } = new URL(request.url);
  const fitting = [...cookies].filter(([, { path }]) => pathname.startsWith(path));
  if (fitting.length > 0)
    request.headers.set("cookie", fitting.map(([key, { value }]) => `${nameIn(key)}=${value}`).join("; "));
  return request;
}

function keepCookies(cookies: Map<string, Cookie>, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /; *path=([^;]+)/i.exec(line)?.[1] ?? "/";
    cookies.set(`${name} ${path}`, { value, path });
  }
}

function nameIn(key: string): string {
  return key.split(" ", 1)[0] ?? key;
}

/** The request that a browser sends for the page's main form. */
function filledIn(page: string, url: string, { email, password }: Person): Request {
  const main = page.slice(page.indexOf("<main"));
  const form = /<form[^>]*method="post"[^>]*>.*?<\/form>/is.exec(main)?.[0];
  if (form === undefined) throw new Error(`no form at ${url}: ${main.replaceAll(/<[^>]+>/g, " ").slice(0, 400)}`);
  const fields = new URLSearchParams();
  for (const [input] of form.matchAll(/<(?:input|button)[^>]*>/gi)) {
    const name = /\bname="([^"]*)"/.exec(input)?.[1];
    if (name !== undefined && !fields.has(name)) fields.set(name, /\bvalue="([^"]*)"/.exec(input)?.[1] ?? "");
  }
  if (fields.has("email")) fields.set("email", email);
  if (fields.has("password")) fields.set("password", password);
  if (fields.has("decision")) fields.set("decision", "allow");
  const action = new URL(/\baction="([^"]*)"/.exec(form)?.[1]?.replaceAll("&amp;", "&") ?? url, url);
  const headers = { origin: action.origin, "sec-fetch-site": "same-origin", accept: "text/html" };
  return new Request(action, { method: "POST", body: fields, headers, redirect: "manual" });
}
