/**
 * The pages for people in a real browser, against the real server: everything can be done without scripts (but
 * passkeys), by keyboard alone, by everybody; and an app is let in by its own redirect.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beginStage, isWithoutBrowser, type Stage, violationsOf } from "./chromium.ts";

const PASSWORD = "correct-horse-battery-staple";
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const WITHOUT_SCRIPTS = { javaScriptEnabled: false } as const;

let stage: Stage;
/** The app's own server, on the loopback interface as RFC 8252 section 7.3 has it; and a site that it leads on to. */
let app: Server;
let appOrigin: string;
let people = 0;
let browsers = 0;

beforeAll(async () => {
  if (isWithoutBrowser) return;
  stage = await beginStage();
  app = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://app.test");
    // Another origin, as far as a browser is concerned.
    const next = `http://localhost:${portOf(app)}/home`;
    if (pathname === "/callback") response.writeHead(302, { Location: next }).end();
    else response.writeHead(200, { "Content-Type": "text/plain" }).end("The app");
  });
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  appOrigin = `http://127.0.0.1:${portOf(app)}`;
});

afterAll(async () => {
  await stage?.end();
  app?.close();
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port; // of a server that listens on a port
}

/** The server under its name, where account pages are. */
function nameOrigin(): string {
  return stage.origin.replace("127.0.0.1", "localhost");
}

/** Runs with a page of a browser that nobody used before, at an address whose attempts nobody used up. */
async function withPage(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
  browsers += 1;
  const context = await stage.browser.newContext({
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

/** Makes an account of its own, confirmed and signed in, without leaving the browser. */
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

/** Opens the link of the latest mail to somebody. */
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

/** What the app's server is asked for by the browser, from now on. */
function callbacksOf(page: Page): URL[] {
  const seen: URL[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(`${appOrigin}/callback`)) seen.push(new URL(request.url()));
  });
  return seen;
}

async function redeem(code: string): Promise<Response> {
  return fetch(`${stage.origin}/oauth/token`, {
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

describe.skipIf(isWithoutBrowser)("people, without scripts", () => {
  it("sign up, confirm by the mail, sign out, and sign in", async () => {
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

  it("set a new password by mail", async () => {
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

  it("change the password, which ends the other browsers' sign-ins", async () => {
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

  it("let an app in under the address, and come back to it with a code that it can redeem", async () => {
    await withPage({ ...WITHOUT_SCRIPTS, baseURL: stage.origin }, async (page) => {
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
      expect(callback?.searchParams.get("iss")).toBe(stage.origin);
      const answer = await redeem(callback?.searchParams.get("code") ?? "");
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ token_type: "Bearer", scope: "users:read users:write" });
    });
  });

  it("let an app in under the name, whose code can be redeemed and token used under the address", async () => {
    await withPage(WITHOUT_SCRIPTS, async (page) => {
      const callbacks = callbacksOf(page);
      await page.goto(authorizationOf());
      await send(page, { email: "ada@example.com", password: PASSWORD });
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      await page.waitForURL("**/home");
      expect(callbacks[0]?.searchParams.get("iss")).toBe(nameOrigin());
      const answer = await redeem(callbacks[0]?.searchParams.get("code") ?? "");
      expect(answer.status).toBe(200);
      const { access_token: token } = (await answer.json()) as { access_token: string }; // RFC 6749 section 5.1
      for (const origin of [stage.origin, nameOrigin()]) {
        const own = await fetch(`${origin}/v1/users/me`, { headers: { Authorization: `Bearer ${token}` } });
        expect(own.status).toBe(200);
      }
    });
  });

  it("are led from the address to the name, where they stay signed in", async () => {
    await withPage({ ...WITHOUT_SCRIPTS, baseURL: stage.origin }, async (page) => {
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

  it("are asked again, but need not sign in again, and can say no", async () => {
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

  it("take the steps of an authorization in one browser alone", async () => {
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

  it("let a device in by its code", async () => {
    const asked = await fetch(`${stage.origin}/oauth/device_authorization`, {
      method: "POST",
      body: new URLSearchParams({ client_id: "demo-app", scope: "users:read" }),
    });
    const device = (await asked.json()) as {
      user_code: string;
      device_code: string;
      verification_uri_complete: string;
    }; // RFC 8628 section 3.2
    await withPage({ ...WITHOUT_SCRIPTS, baseURL: stage.origin }, async (page) => {
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
    const answer = await fetch(`${stage.origin}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        client_id: "demo-app",
        device_code: device.device_code,
      }),
    });
    expect(answer.status).toBe(200);
  });
});

describe.skipIf(isWithoutBrowser)("passkeys", () => {
  /** On `localhost`: browsers do no WebAuthn for an address without a name. */
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

  it("are added, let in, let in to an app, and are removed", async () => {
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

  it("are not offered where they are not possible", async () => {
    await withPage({ baseURL: stage.origin }, async (page) => {
      await page.goto(authorizationOf());
      expect(await page.locator("#passkey-log-in").count()).toBe(0);
      await send(page, { email: "ada@example.com", password: PASSWORD });
      await page.goto("/account");
      await page.getByRole("link", { name: "Open your account on localhost" }).click();
      expect(new URL(page.url()).origin).toBe(nameOrigin());
    });
  });
});

/** Each page in each of its states: how to get there, and by whom. */
const VIEWS: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  "the log-in": (page) => page.goto("/login"),
  "the log-in, refused": async (page) => {
    await page.goto("/login");
    await send(page, { email: "nobody@example.com", password: "not the password" });
  },
  "the log-in, with a challenge": async (page) => {
    people += 1;
    const email = `nobody.${people}@example.com`;
    for (let attempts = 0; attempts < 6; attempts += 1) {
      await page.goto("/login");
      await send(page, { email, password: "not the password" });
    }
    expect(await page.locator("#refusal").textContent()).toContain("challenge-required");
  },
  "the sign-up": (page) => page.goto("/sign-up"),
  "the sign-up, refused": async (page) => {
    await page.goto("/sign-up");
    await send(page, { name: "Grace", email: "grace@example.com", password: "password123" });
  },
  "what follows on a mail": (page) => page.goto("/check-mail"),
  "the mailbox": async (page) => {
    await page.goto("/reset");
    await send(page, { email: "admin@example.com" });
    await page.goto("/mailbox");
  },
  "the page for a new link": (page) => page.goto("/reset"),
  "a dead link": (page) => page.goto("/reset/dead"),
  "the account": async (page) => {
    await logIn(page);
  },
  "the change of password": async (page) => {
    await logIn(page);
    await page.goto("/account/password");
  },
  "the log-in to an app": (page) => page.goto(authorizationOf()),
  "the consent": async (page) => {
    await logIn(page, "staff@example.com");
    await page.goto(authorizationOf({ scope: "openid offline_access users:read users:write" }));
    expect(await heading(page)).toBe("Allow Demo App?");
  },
  "a request that cannot be answered": (page) => page.goto(authorizationOf({ redirect_uri: "http://evil.example/" })),
  "the code of a device": async (page) => {
    await logIn(page);
    await page.goto("/oauth/device?user_code=XXXX-XXXX");
  },
};

describe.skipIf(isWithoutBrowser)("the pages for people", () => {
  describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
    it.each(Object.keys(VIEWS))("%s has no accessibility violation", async (name) => {
      await withPage({ colorScheme, bypassCSP: true }, async (page) => {
        await VIEWS[name]?.(page);
        expect(await violationsOf(page)).toEqual([]);
      });
    });
  });

  it.each(Object.keys(VIEWS))("%s fits 320 pixels, and complains of nothing but its own status", async (name) => {
    await withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      await VIEWS[name]?.(page);
      expect(await page.locator(":root").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(320);
      expect(
        complaints.filter((text) => !text.startsWith("Failed to load resource: the server responded with")),
      ).toEqual([]);
    });
  });

  it("can be used by keyboard alone: sign in, let an app in", async () => {
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
