/**
 * Gets an access token like any other client. For a person it uses the authorization code flow with PKCE (RFC 7636)
 * through the service's pages; for a service client, client credentials (RFC 6749 section 4.4).
 */
import { createHash, randomBytes } from "node:crypto";
import { Browser, fetchPatiently, type Visit } from "./browser.ts";

export interface TokenRequest {
  /** The origin of the service, without a trailing slash. */
  readonly origin: string;
  /** Separated by spaces; undefined: all that the account may have. */
  readonly scope: string | undefined;
}

const CLIENT_ID = "demo-app";
const REDIRECT_URI = "http://127.0.0.1/callback";

/** A failure to get a token, with a message for the user. */
export class TokenFailure extends Error {
  override readonly name = "TokenFailure";
}

/** @throws TokenFailure */
export async function tokenOfClient(
  { origin, scope }: TokenRequest,
  clientId: string,
  secret: string,
): Promise<string> {
  return redeem(origin, {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: secret,
    ...(scope === undefined ? {} : { scope }),
  });
}

/** @throws TokenFailure */
export async function tokenOfPerson({ origin, scope }: TokenRequest, email: string, password: string): Promise<string> {
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(16).toString("base64url");
  const query = new URLSearchParams({
    client_id: CLIENT_ID,
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    state,
    ...(scope === undefined ? {} : { scope }),
  });
  const browser = new Browser(origin);
  const first = await browser.open(`/oauth/authorize?${query}`);
  const back = await consent(browser, await login(browser, first, email, password));
  if (back.searchParams.get("state") !== state) throw new TokenFailure("the response belongs to another request");
  const code = back.searchParams.get("code");
  if (code === null) throw new TokenFailure(`refused: ${back.searchParams.get("error") ?? "no code"}`);
  return redeem(origin, {
    grant_type: "authorization_code",
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    code,
    code_verifier: verifier,
  });
}

async function login(browser: Browser, visit: Visit, email: string, password: string): Promise<Visit> {
  if (visit.kind === "away") return visit;
  const { form } = visit.page;
  if (form === undefined || !form.names.includes("password")) throw unexpected(visit, "a login form");
  const next = await browser.open(
    form.action,
    new URLSearchParams([...form.values, ["email", email], ["password", password]]),
  );
  if (next.kind === "page" && next.page.status === 422) throw new TokenFailure(`cannot sign in as ${email}`);
  if (next.kind === "page" && next.page.status >= 400) {
    throw new TokenFailure(`cannot sign in as ${email} (status ${next.page.status}); too many attempts?`);
  }
  return next;
}

async function consent(browser: Browser, visit: Visit): Promise<URL> {
  if (visit.kind === "away") return visit.url;
  const { form } = visit.page;
  if (form === undefined || !form.names.includes("decision")) throw unexpected(visit, "a consent form");
  const next = await browser.open(form.action, new URLSearchParams([...form.values, ["decision", "allow"]]));
  if (next.kind === "away") return next.url;
  throw unexpected(next, "a redirect to the client");
}

function unexpected(visit: Visit, wanted: string): TokenFailure {
  const where =
    visit.kind === "page" ? `${new URL(visit.page.url).pathname} (status ${visit.page.status})` : visit.url.host;
  return new TokenFailure(`expected ${wanted}, but got ${where}`);
}

async function redeem(origin: string, form: Record<string, string>): Promise<string> {
  const response = await fetchPatiently(`${origin}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
  const body: unknown = await response.json().catch(() => undefined);
  const member = (name: string) =>
    typeof body === "object" && body !== null && name in body ? String(body[name as keyof typeof body]) : undefined;
  const token = response.ok ? member("access_token") : undefined;
  if (token !== undefined) return token;
  throw new TokenFailure(`${member("error") ?? `status ${response.status}`}: ${member("error_description") ?? ""}`);
}
