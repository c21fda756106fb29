/**
 * The account pages in a real browser, against the real server. Everything except passkeys works without scripts, and
 * with the keyboard alone. An app gets access through its own redirect.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrowserSession, isWithoutBrowser, startBrowser, violationsOf } from "./chromium.ts";

const PASSWORD = "correct-horse-battery-staple";
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const WITHOUT_SCRIPTS = { javaScriptEnabled: false } as const;

let session: BrowserSession;
/** The app's server on the loopback interface (RFC 8252 section 7.3), and a site that it redirects to. */
let app: Server;
let appOrigin: string;
let people = 0;
let browsers = 0;

beforeAll(async () => {
  if (isWithoutBrowser) return;
  session = await startBrowser();
  app = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://app.test");
    // For a browser this is another origin.
    const next = `http://localhost:${portOf(app)}/home`;
    if (pathname === "/callback") response.writeHead(302, { Location: next }).end();
    else response.writeHead(200, { "Content-Type": "text/plain" }).end("The app");
  });
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  appOrigin = `http://127.0.0.1:${portOf(app)}`;
});

afterAll(async () => {
  await session?.end();
  app?.close();
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port; // the server listens on a port
}

/** The server's origin with its name, where the account pages are. */
function nameOrigin(): string {
  return session.origin.replace("127.0.0.1", "localhost");
}

/** Opens a page in a new browser context, with an address that has all its attempts left. */
async function withPage(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
  browsers += 1;
  const context = await session.browser.newContext({
    baseURL: nameOrigin(),
    reducedMotion: "reduce",
    extraHTTPHeaders: { "CF-Connecting-IP": `10.9.0.${browsers}` },
    ...options,
  });
  try {
    await use(await context.newPage());
  } finally {
    await context.close();
  }
}

async function send(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.fill(`main [name=${name}]`, value);
  await page.locator("main form button[type=submit]").first().click();
}

async function logIn(page: Page, email = "ada@example.com", password = PASSWORD): Promise<void> {
  await page.goto("/login");
  await send(page, { email, password });
  await page.waitForURL("**/account");
}

/** Creates a new account in the browser, with a confirmed email address, and signs in. */
async function newPerson(page: Page, password = PASSWORD): Promise<string> {
  people += 1;
  const email = `person.${people}@example.com`;
  await page.goto("/sign-up");
  await send(page, { name: "Grace Hopper", email, password });
  await page.waitForURL("**/check-mail");
  await openMail(page, email);
  await send(page, { password });
  await page.waitForURL("**/account?*");
  return email;
}

/** Opens the link in the latest mail to an address. */
async function openMail(page: Page, email: string): Promise<void> {
  await page.goto("/mailbox");
  await page.locator(".mails > li", { hasText: email }).first().locator("a").first().click();
}

function heading(page: Page): Promise<string | null> {
  return page.locator("h1").textContent();
}

function authorizationOf(parameters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: "demo-app",
    redirect_uri: `${appOrigin}/callback`,
    scope: "users:read users:write",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    state: "a-state",
    ...parameters,
  });
  return `/oauth/authorize?${query}`;
}

/** Collects the browser's requests to the app's callback from now on. */
function callbacksOf(page: Page): URL[] {
  const seen: URL[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(`${appOrigin}/callback`)) seen.push(new URL(request.url()));
  });
  return seen;
}

async function redeem(code: string): Promise<Response> {
  return fetch(`${session.origin}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: "demo-app",
      redirect_uri: `${appOrigin}/callback`,
      code,
      code_verifier: VERIFIER,
    }),
  });
}

describe.skipIf(isWithoutBrowser)("a person without scripts", () => {
  it("signs up, confirms the mail, signs out and signs in", async () => {
    await withPage(WITHOUT_SCRIPTS, async (page) => {
      const email = await newPerson(page);
      expect(await page.locator(".done").textContent()).toContain("Your email address is confirmed");
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      expect(await page.locator(".done").textContent()).toBe("You are signed out.");
      await send(page, { email, password: "not the password" });
      expect(await page.locator("#refusal").textContent()).toContain("The email address or the password is wrong");
      expect(await page.inputValue("[name=email]")).toBe(email);
      expect(await page.inputValue("[name=password]")).toBe("");
      await send(page, { password: PASSWORD });
      expect(new URL(page.url()).pathname).toBe("/account");
    });
  });

  it("sets a new password by mail", async () => {
    await withPage(WITHOUT_SCRIPTS, async (page) => {
      const email = await newPerson(page);
      await page.goto("/login");
      await page.getByRole("link", { name: "Forgot your password?" }).click();
      await send(page, { email });
      expect(await heading(page)).toBe("Check your email");
      await openMail(page, email);
      await send(page, { password: "a better choice of words" });
      expect(await page.locator(".done").textContent()).toContain("Your password was changed.");
      await send(page, { email, password: "a better choice of words" });
      expect(await heading(page)).toBe("Your account");
    });
  });

  it("changes the password, which ends sign-ins in other browsers", async () => {
    await withPage(WITHOUT_SCRIPTS, async (page) => {
      const email = await newPerson(page);
      await withPage(WITHOUT_SCRIPTS, async (other) => {
        await logIn(other, email);
        await page.getByRole("link", { name: "Change password" }).click();
        await send(page, { current: "not the password", password: "a better choice of words" });
        expect(await page.locator("#refusal").textContent()).toContain("The current password is incorrect.");
        await send(page, { current: PASSWORD, password: "a better choice of words" });
        expect(await page.locator(".done").textContent()).toContain("Your password was changed.");
        await other.reload();
        expect(await heading(other)).toBe("Sign in");
      });
    });
  });

  it("allows an app on the address and returns to it with a code that the app can redeem", async () => {
    await withPage({ ...WITHOUT_SCRIPTS, baseURL: session.origin }, async (page) => {
      const callbacks = callbacksOf(page);
      await page.goto(authorizationOf());
      expect(await page.locator("main").textContent()).toContain("Sign in to continue to Demo App.");
      await send(page, { email: "ada@example.com", password: "not the password" });
      expect(await page.locator("#refusal").textContent()).toContain("The email address or the password is wrong");
      await send(page, { email: "ada@example.com", password: PASSWORD });
      expect(await heading(page)).toBe("Allow Demo App?");
      const buttons = page.locator("main form button");
      expect(await buttons.evaluateAll((found) => found.map(({ name, value }) => `${name}=${value}`))).toEqual([
        "decision=allow",
        "decision=deny",
        "decision=switch",
      ]);
      expect(await page.locator(".permissions li").allTextContents()).toEqual([
        "See your name, email address and role.",
        "Change your name, manage your API keys, or delete your account.",
      ]);
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      await page.waitForURL("**/home");
      const [callback] = callbacks;
      expect(callback?.searchParams.get("state")).toBe("a-state");
      expect(callback?.searchParams.get("iss")).toBe(session.origin);
      const response = await redeem(callback?.searchParams.get("code") ?? "");
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ token_type: "Bearer", scope: "users:read users:write" });
    });
  });

  it("allows an app on the name, and the app redeems its code and uses its token on the address", async () => {
    await withPage(WITHOUT_SCRIPTS, async (page) => {
      const callbacks = callbacksOf(page);
      await page.goto(authorizationOf());
      await send(page, { email: "ada@example.com", password: PASSWORD });
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      await page.waitForURL("**/home");
      expect(callbacks[0]?.searchParams.get("iss")).toBe(nameOrigin());
      const response = await redeem(callbacks[0]?.searchParams.get("code") ?? "");
      expect(response.status).toBe(200);
      const { access_token: token } = (await response.json()) as { access_token: string }; // RFC 6749 section 5.1
      for (const origin of [session.origin, nameOrigin()]) {
        const own = await fetch(`${origin}/v1/users/me`, { headers: { Authorization: `Bearer ${token}` } });
        expect(own.status).toBe(200);
      }
    });
  });

  it("is redirected from the address to the name and stays signed in there", async () => {
    await withPage({ ...WITHOUT_SCRIPTS, baseURL: session.origin }, async (page) => {
      await page.goto("/account?from=the-address");
      expect(new URL(page.url()).origin).toBe(nameOrigin());
      await page.goto("/login");
      expect(new URL(page.url()).origin).toBe(nameOrigin());
      await send(page, { email: "bob@example.com", password: PASSWORD });
      expect(await heading(page)).toBe("Your account");
      await page.goto("/account");
      expect(await heading(page)).toBe("Your account");
      expect(new URL(page.url()).origin).toBe(nameOrigin());
    });
  });

  it("sees the consent page without a new sign-in and can deny access", async () => {
    await withPage(WITHOUT_SCRIPTS, async (page) => {
      const callbacks = callbacksOf(page);
      await logIn(page);
      await page.goto(authorizationOf());
      expect(await heading(page)).toBe("Allow Demo App?");
      await page.getByRole("button", { name: "Do not allow" }).click();
      await page.waitForURL("**/home");
      expect(callbacks[0]?.searchParams.get("error")).toBe("access_denied");
      await page.goto(authorizationOf({ prompt: "login" }));
      expect(await heading(page)).toBe("Sign in");
    });
  });

  it("completes an authorization only in the browser that started it", async () => {
    await withPage(WITHOUT_SCRIPTS, async (page) => {
      await page.goto(authorizationOf());
      const step = page.url();
      await withPage(WITHOUT_SCRIPTS, async (other) => {
        const response = await other.goto(step);
        expect(response?.status()).toBe(404);
        expect(await other.locator("main").textContent()).toContain("started in another browser");
      });
    });
  });

  it("connects a device with its code", async () => {
    const asked = await fetch(`${session.origin}/oauth/device_authorization`, {
      method: "POST",
      body: new URLSearchParams({ client_id: "demo-app", scope: "users:read" }),
    });
    const device = (await asked.json()) as {
      user_code: string;
      device_code: string;
      verification_uri_complete: string;
    }; // RFC 8628 section 3.2
    await withPage({ ...WITHOUT_SCRIPTS, baseURL: session.origin }, async (page) => {
      await page.goto(device.verification_uri_complete);
      await send(page, { email: "bob@example.com", password: PASSWORD });
      expect(await page.locator(".code").textContent()).toContain(device.user_code);
      await page.goto("/oauth/device");
      await send(page, { user_code: "XXXX-XXXX" });
      expect(await page.locator("#refusal").textContent()).toContain("This code is wrong or has expired.");
      await send(page, { user_code: device.user_code.toLowerCase().replace("-", " ") });
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      expect(await page.locator(".done").textContent()).toContain("The device is connected.");
    });
    const response = await fetch(`${session.origin}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        client_id: "demo-app",
        device_code: device.device_code,
      }),
    });
    expect(response.status).toBe(200);
  });
});

describe.skipIf(isWithoutBrowser)("passkeys", () => {
  /** On `localhost`, because browsers do not support WebAuthn on an IP address. */
  async function withAuthenticator(use: (page: Page) => Promise<void>): Promise<void> {
    await withPage({}, async (page) => {
      const devtools = await page.context().newCDPSession(page);
      await devtools.send("WebAuthn.enable");
      await devtools.send("WebAuthn.addVirtualAuthenticator", {
        options: {
          protocol: "ctap2",
          transport: "internal",
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      });
      await use(page);
    });
  }

  it("can be added, used to sign in and to allow an app, and removed", async () => {
    await withAuthenticator(async (page) => {
      const callbacks = callbacksOf(page);
      await newPerson(page);
      await page.getByLabel("Name of the new passkey").fill("A laptop");
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.waitForURL("**/account?notice=passkey-added");
      expect(await page.locator(".passkeys li strong").textContent()).toBe("A laptop");

      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.waitForURL("**/account");
      expect(await page.locator("main").textContent()).toContain("Signed in here with a passkey");

      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.goto(authorizationOf());
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      await page.waitForURL("**/home");
      expect(callbacks[0]?.searchParams.has("code")).toBe(true);

      await page.goto("/account");
      await page.getByRole("button", { name: "Remove A laptop" }).click();
      expect(await page.locator(".done").textContent()).toBe("The passkey was removed.");
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await expect.poll(() => page.locator("#passkey-log-in [role=alert]").textContent()).not.toBe("");
      expect(new URL(page.url()).pathname).toBe("/login");
    });
  });

  it("are not offered on an IP address", async () => {
    await withPage({ baseURL: session.origin }, async (page) => {
      await page.goto(authorizationOf());
      expect(await page.locator("#passkey-log-in").count()).toBe(0);
      await send(page, { email: "ada@example.com", password: PASSWORD });
      await page.goto("/account");
      await page.getByRole("link", { name: "Open your account on localhost" }).click();
      expect(new URL(page.url()).origin).toBe(nameOrigin());
    });
  });
});

/** The pages in all their states, and how to open each of them. */
const VIEWS: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  "the sign-in page": (page) => page.goto("/login"),
  "a refused sign-in": async (page) => {
    await page.goto("/login");
    await send(page, { email: "unknown@example.com", password: "not the password" });
  },
  "the sign-in page with a challenge": async (page) => {
    people += 1;
    const email = `unknown.${people}@example.com`;
    for (let attempts = 0; attempts < 6; attempts += 1) {
      await page.goto("/login");
      await send(page, { email, password: "not the password" });
    }
    expect(await page.locator("#refusal").textContent()).toContain("challenge-required");
  },
  "the sign-up page": (page) => page.goto("/sign-up"),
  "a refused sign-up": async (page) => {
    await page.goto("/sign-up");
    await send(page, { name: "Grace", email: "grace@example.com", password: "password123" });
  },
  "the page after a mail was sent": (page) => page.goto("/check-mail"),
  "the mailbox": async (page) => {
    await page.goto("/reset");
    await send(page, { email: "admin@example.com" });
    await page.goto("/mailbox");
  },
  "the page for a password reset": (page) => page.goto("/reset"),
  "an invalid link": (page) => page.goto("/reset/dead"),
  "the account": async (page) => {
    await logIn(page);
  },
  "the page for a new password": async (page) => {
    await logIn(page);
    await page.goto("/account/password");
  },
  "the sign-in page of an app": (page) => page.goto(authorizationOf()),
  "the consent page": async (page) => {
    await logIn(page, "staff@example.com");
    await page.goto(authorizationOf({ scope: "openid offline_access users:read users:write" }));
    expect(await heading(page)).toBe("Allow Demo App?");
  },
  "an invalid authorization request": (page) => page.goto(authorizationOf({ redirect_uri: "http://evil.example/" })),
  "the page for a device code": async (page) => {
    await logIn(page);
    await page.goto("/oauth/device?user_code=XXXX-XXXX");
  },
};

describe.skipIf(isWithoutBrowser)("the account pages", () => {
  describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
    it.each(Object.keys(VIEWS))("%s has no accessibility violation", async (name) => {
      await withPage({ colorScheme, bypassCSP: true }, async (page) => {
        await VIEWS[name]?.(page);
        expect(await violationsOf(page)).toEqual([]);
      });
    });
  });

  it.each(Object.keys(VIEWS))("%s fits 320 pixels and logs nothing except its own status", async (name) => {
    await withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
      const messages: string[] = [];
      page.on("console", (message) => messages.push(message.text()));
      page.on("pageerror", (error) => messages.push(error.message));
      await VIEWS[name]?.(page);
      expect(await page.locator(":root").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(320);
      expect(messages.filter((text) => !text.startsWith("Failed to load resource: the server responded with"))).toEqual(
        [],
      );
    });
  });

  it("work with the keyboard alone: sign in and allow an app", async () => {
    await withPage({}, async (page) => {
      await page.goto(authorizationOf());
      await page.keyboard.press("Tab");
      expect(await page.locator(":focus").textContent()).toBe("Skip to content");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await page.locator(":focus").getAttribute("name")).toBe("email");
      await page.keyboard.type("ada@example.com");
      await page.keyboard.press("Tab");
      await page.keyboard.type(PASSWORD);
      await page.keyboard.press("Enter");
      await page.locator("h1", { hasText: "Allow Demo App?" }).waitFor();
      for (let stops = 0; stops < 12; stops += 1) {
        await page.keyboard.press("Tab");
        const focused = page.locator(":focus");
        expect(await focused.evaluate((stop) => stop.computedStyleMap().get("outline-style")?.toString())).toBe(
          "solid",
        );
        if ((await focused.getAttribute("value")) === "allow") break;
      }
      await page.keyboard.press("Enter");
      await page.waitForURL("**/home");
    });
  });
});
