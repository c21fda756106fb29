/** Sign-up with email confirmation, and password reset by email. Neither reveals which accounts exist. */
import { describe, expect, it } from "vitest";
import { startService } from "../../support/service.ts";
import { linkFromMailbox, newPerson, PASSWORD, visit, wordsOf } from "./visitor.ts";

const service = startService();

async function signUp(email: string, fields: Readonly<Record<string, string>> = {}, on = service) {
  const visitor = visit(on);
  await visitor.open("/sign-up");
  return {
    visitor,
    sent: await visitor.send("/sign-up", { name: "Grace Hopper", email, password: PASSWORD, ...fields }),
  };
}

describe("/sign-up", () => {
  it("sends a mail, and refuses a login before the address is confirmed", async () => {
    const { visitor, sent } = await signUp("new@example.com");
    expect(sent.location).toBe("/check-mail");
    expect(wordsOf(await visitor.follow(sent))).toContain("Check your email");
    await visitor.open("/login");
    const early = await visitor.send("/login", { email: "new@example.com", password: PASSWORD });
    expect(early.status).toBe(422);
    expect(wordsOf(early)).toContain("or the address is not confirmed yet");
  });

  it("requires both the link and the password to confirm", async () => {
    const { visitor } = await signUp("both@example.com");
    const link = await linkFromMailbox(visitor, "verify");
    // Mail scanners open links.
    for (let looks = 0; looks < 3; looks += 1) {
      const looked = await visit(service).open(link);
      expect(looked.status).toBe(200);
      expect(wordsOf(looked)).toContain("Enter your password to confirm both@example.com");
    }
    await visitor.open(link);
    const wrong = await visitor.send(link, { password: "not the password" });
    expect(wrong.status).toBe(422);
    expect(wordsOf(wrong)).toContain("This is not the password that you chose at sign-up.");
    const confirmed = await visitor.send(link, { password: PASSWORD });
    expect(confirmed.location).toBe("/account?notice=email-verified");
    expect(wordsOf(await visitor.follow(confirmed))).toContain("both@example.com confirmed");
    const again = await visitor.send(link, { password: PASSWORD });
    expect(again.status).toBe(404);
    expect(wordsOf(again)).toContain("The link has expired or was already used.");
  });

  it("shows the confirmed state for a used link, without an offer to sign up again", async () => {
    const { visitor } = await signUp("used@example.com");
    const link = await linkFromMailbox(visitor, "verify");
    await visitor.open(link);
    await visitor.send(link, { password: PASSWORD });
    const unknown = `/verify/${"B".repeat(43)}`;
    for (const path of [link, unknown, "/verify/broken"]) {
      for (const shown of [await visitor.open(path), await visitor.send(path, { password: PASSWORD })]) {
        expect(shown.status).toBe(404);
        expect(wordsOf(shown)).toContain("You are signed in, and the address of your account is already confirmed.");
        expect(shown.text).toContain('href="/account">Your account</a>');
        expect(wordsOf(shown)).not.toContain("Sign up again");
      }
    }
    const stranger = visit(service);
    await stranger.open("/login");
    for (const shown of [await stranger.open(link), await stranger.send(link, { password: PASSWORD })]) {
      expect(wordsOf(shown)).toContain("The address is already confirmed. Sign in with your password.");
      expect(shown.text).toContain('href="/login">Sign in</a>');
      expect(wordsOf(shown)).not.toContain("Sign up again");
    }
    expect(wordsOf(await stranger.open(unknown))).toContain("Sign up again");
    const other = await newPerson(service, "other.person@example.com");
    expect(wordsOf(await other.open(link))).toContain("The address is already confirmed");
    const program = await service.fetch(link, { headers: { Accept: "application/json" } });
    expect(await program.json()).toMatchObject({ status: 404, code: "NOT_FOUND" });
  });

  it("offers to sign up again for a link that expired unused", async () => {
    const late = startService();
    const { visitor } = await signUp("expired@example.com", {}, late);
    const link = await linkFromMailbox(visitor, "verify");
    late.advance(24 * 60 * 60_000);
    const shown = await visitor.open(link);
    expect(shown.status).toBe(404);
    expect(shown.text).toContain('href="/sign-up">Sign up again</a>');
    const closed = startService({ bindings: { SLUICE_SIGN_UP: "closed" } as unknown as Partial<Env> }); // the Worker types contain only the values of wrangler.toml
    expect((await visit(closed).open("/verify/broken")).text).not.toContain("/sign-up");
  });

  it("returns the same response for an existing account, and mails its owner", async () => {
    await newPerson(service, "taken@example.com");
    const { visitor, sent } = await signUp("taken@example.com", { password: "another choice of words" });
    const fresh = await signUp("free@example.com");
    expect([sent.status, sent.location, sent.text]).toEqual([fresh.sent.status, fresh.sent.location, fresh.sent.text]);
    expect(wordsOf(await visitor.open("/mailbox"))).toContain("You already have an account");
    await visitor.open("/login");
    expect((await visitor.send("/login", { email: "taken@example.com", password: PASSWORD })).location).toBe(
      "/account",
    );
  });

  it.each([
    [{ password: "short" }, "The password must have at least 8 characters."],
    [{ password: "password1234567" }, "This password is easy to guess"],
    [{ password: "x".repeat(200) }, "may have at most 128 characters"],
    [{ password: "weak@example.com" }, "must not be your email address"],
    [{ email: "no address" }, "Enter a valid email address."],
    [{ email: "ada@\u212aitchen.example" }, "Enter a valid email address."],
    [{ name: "  " }, "Enter your name."],
    [{ name: "\u200b" }, "The name must not have invisible characters"],
    [{ name: "Ada \u202eoneroM" }, "The name must not have invisible characters"],
    [{ name: "Ada\ufffe" }, "The name must not have private-use characters, noncharacters or lone surrogates."],
    [{ name: "\u0301" }, "The name must have a base character before each combining mark."],
  ])("refuses %j with a message, and keeps the typed values except passwords", async (fields, words) => {
    const { sent } = await signUp("weak@example.com", fields);
    expect(sent.status).toBe(422);
    expect(wordsOf(sent)).toContain(words);
    expect(sent.text).toContain('aria-invalid="true"');
    expect(sent.elements.filter(({ attributes }) => attributes.get("type") === "password")).toEqual([
      expect.objectContaining({ attributes: expect.not.objectContaining({ value: expect.anything() }) }),
    ]);
    if (!("name" in fields)) expect(sent.text).toContain('value="Grace Hopper"');
  });

  it("escapes the typed values", async () => {
    const { sent } = await signUp('"><script>alert(1)</script>@example.com', { name: '<img src=x onerror="x">' });
    expect(sent.status).toBe(422);
    expect(sent.text).not.toContain("<img src=x");
    expect(sent.text).not.toContain("<script>alert");
  });

  it("returns 404 if sign-up is closed", async () => {
    const closed = startService({ bindings: { SLUICE_SIGN_UP: "closed" } as unknown as Partial<Env> }); // the Worker types contain only the values of wrangler.toml
    const { visitor, sent } = await signUp("closed@example.com", {}, closed);
    expect((await visitor.open("/sign-up")).status).toBe(404);
    expect(sent.status).toBe(404);
    expect((await visitor.open("/login")).text).not.toContain("/sign-up");
  });

  it("returns 429 after too many mails to one address", async () => {
    const statuses = [];
    for (let count = 0; count < 7; count += 1) statuses.push((await signUp("often@example.com")).sent.status);
    expect(statuses).toContain(429);
    const { sent } = await signUp("often@example.com");
    expect(wordsOf(sent)).toMatch(/Too many attempts to sign up\. Try again in \d+ minutes\./);
  });
});

describe("/reset", () => {
  it("returns the same response whether the account exists or not", async () => {
    await newPerson(service, "reset@example.com");
    const answers = [];
    for (const email of ["reset@example.com", "no.one@example.com", "no address"]) {
      const visitor = visit(service);
      await visitor.open("/reset");
      const sent = await visitor.send("/reset", { email });
      answers.push([sent.status, sent.location, sent.text]);
    }
    expect(answers).toEqual([answers[0], answers[0], answers[0]]);
    expect(answers[0]).toEqual([303, "/check-mail", ""]);
  });

  it("sets the password once, and ends all sign-ins", async () => {
    const elsewhere = await newPerson(service, "lost@example.com");
    const visitor = visit(service);
    await visitor.open("/reset");
    await visitor.send("/reset", { email: "lost@example.com" });
    const link = await linkFromMailbox(visitor, "reset");
    expect(wordsOf(await visitor.open(link))).toContain("Choose a new password");
    const weak = await visitor.send(link, { password: "short" });
    expect(weak.status).toBe(422);
    const done = await visitor.send(link, { password: "a better choice of words" });
    expect(wordsOf(await visitor.follow(done))).toContain("Your password was changed. Sign in with the new one.");
    expect((await elsewhere.open("/account")).location).toBe("/login");
    expect((await visitor.send(link, { password: "yet another choice" })).status).toBe(404);
    expect((await visitor.open(link)).status).toBe(404);
    await visitor.open("/login");
    expect((await visitor.send("/login", { email: "lost@example.com", password: PASSWORD })).status).toBe(422);
    const sent = await visitor.send("/login", { email: "lost@example.com", password: "a better choice of words" });
    expect(sent.location).toBe("/account");
  });

  it.each(["/reset/x", "/verify/x", `/reset/${"A".repeat(43)}`, `/verify/${"A".repeat(43)}`, "/reset/%3Cb%3E"])(
    "returns an HTML 404 with the next step for %s",
    async (path) => {
      const dead = await visit(service).open(path);
      expect(dead.status).toBe(404);
      expect(dead.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
      expect(wordsOf(dead)).toContain("The link has expired or was already used.");
    },
  );
});

describe("/mailbox", () => {
  it.each([
    ["in a deployment", { SLUICE_ENVIRONMENT: "production" }],
    [
      "if a mail provider is configured",
      { SLUICE_MAIL_URL: "https://mail.example.test", SLUICE_MAIL_TOKEN: "t", SLUICE_MAIL_FROM: "a@b.test" },
    ],
  ])("returns 404 %s", async (_, bindings) => {
    const deployed = startService({ bindings: bindings as unknown as Partial<Env> }); // the Worker types contain only the values of wrangler.toml
    expect((await visit(deployed).open("/mailbox")).status).toBe(404);
  });
});

it("K04 the log contains no token of a link or form, and no address", async () => {
  const own = startService();
  const visitor = await newPerson(own, "quiet@example.com");
  await visitor.open("/reset");
  await visitor.send("/reset", { email: "quiet@example.com" });
  const link = await linkFromMailbox(visitor, "reset");
  await visitor.open(link);
  await visitor.send(link, { password: "a better choice of words" });
  await own.fetch(link, { method: "DELETE" });
  await own.fetch(link, { method: "OPTIONS" });
  const logs = own.logs.join("\n");
  expect(logs).toContain('"url.path":"/reset/{token}"');
  for (const secret of [
    link.slice("/reset/".length),
    "quiet@example.com",
    "a better choice",
    ...visitor.cookies.values(),
  ]) {
    expect(logs).not.toContain(secret);
  }
});
