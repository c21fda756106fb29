/** The pages of one's own account: what they show, and what they ask before anything about getting in changes. */
import { describe, expect, it } from "vitest";
import { startService } from "../../support/service.ts";
import { newPerson, PASSWORD, visit, wordsOf } from "./visitor.ts";

const service = startService();
const MINUTE_MS = 60_000;

async function logIn(email: string, password = PASSWORD) {
  const visitor = visit(service);
  await visitor.open("/login");
  expect((await visitor.send("/login", { email, password })).location).toBe("/account");
  return visitor;
}

describe("/account", () => {
  it("shows who it is, and leads everybody else to the log-in", async () => {
    const visitor = await newPerson(service, "own@example.com");
    const page = wordsOf(await visitor.open("/account"));
    for (const words of ["Grace Hopper", "own@example.com", "customer", "Logged in here with the password"]) {
      expect(page).toContain(words);
    }
    for (const path of ["/account", "/account/password"]) {
      expect((await visit(service).open(path)).location).toBe("/login");
    }
    expect((await visit(service).send("/account/password", {})).status).toBe(422);
  });

  it("logs out everywhere", async () => {
    const one = await newPerson(service, "many@example.com");
    const other = await logIn("many@example.com");
    await one.open("/account");
    const out = await one.send("/account/sign-out-everywhere", {});
    expect(out.location).toBe("/login?notice=signed-out");
    for (const visitor of [one, other]) expect((await visitor.open("/account")).location).toBe("/login");
  });

  it("lets only who has just logged in add a passkey", async () => {
    const late = startService();
    const visitor = await newPerson(late, "late@example.com");
    const early = await visitor.open("/account");
    expect(early.elements.some(({ attributes }) => attributes.get("id") === "passkey-add")).toBe(true);
    late.advance(16 * MINUTE_MS);
    const page = await visitor.open("/account");
    expect(page.elements.some(({ attributes }) => attributes.get("id") === "passkey-add")).toBe(false);
    expect(wordsOf(page)).toContain("To add a passkey, log in again");
  });

  it("says so where a passkey to remove is not there", async () => {
    const visitor = await newPerson(service, "keyless@example.com");
    await visitor.open("/account");
    const refused = await visitor.send("/account/passkeys/remove", { id: "unknown" });
    expect(refused.status).toBe(422);
    expect(wordsOf(refused)).toContain("There is no such passkey any more.");
  });
});

describe("/account/password", () => {
  it("asks for the present password, and ends all other sign-ins", async () => {
    const visitor = await newPerson(service, "change@example.com");
    const other = await logIn("change@example.com");
    await visitor.open("/account/password");
    const wrong = await visitor.send("/account/password", { current: "not it", password: "a better choice of words" });
    expect(wrong.status).toBe(422);
    expect(wordsOf(wrong)).toContain("The present password is wrong.");
    const weak = await visitor.send("/account/password", { current: PASSWORD, password: "short" });
    expect(wordsOf(weak)).toContain("The password must have at least 8 characters.");
    const done = await visitor.send("/account/password", { current: PASSWORD, password: "a better choice of words" });
    expect(wordsOf(await visitor.follow(done))).toContain("Your password is changed.");
    expect((await other.open("/account")).location).toBe("/login");
    await logIn("change@example.com", "a better choice of words");
  });

  it("J10 is no place to guess at", async () => {
    const visitor = await newPerson(service, "guess@example.com");
    await visitor.open("/account/password");
    const sent = { current: "not it", password: "a better choice of words" };
    for (let failures = 0; failures < 5; failures += 1) {
      expect((await visitor.send("/account/password", sent)).status).toBe(422);
    }
    const challenged = await visitor.send("/account/password", { ...sent, current: PASSWORD });
    expect(challenged.status).toBe(403);
    expect(challenged.text).toContain('<a href="/problems/challenge-required">challenge-required</a>');
  });
});

describe("what scripts are given", () => {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin" };

  async function post(path: string, cookies: ReadonlyMap<string, string>, body: unknown): Promise<Response> {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join("; ");
    return service.fetch(path, { method: "POST", headers: { ...headers, Cookie: cookie }, body: JSON.stringify(body) });
  }

  it("is options for a passkey, to who is logged in alone", async () => {
    const visitor = await newPerson(service, "keys@example.com");
    const page = await visitor.open("/account");
    const csrf = page.elements.flatMap(({ attributes }) => attributes.get("data-csrf") ?? [])[0];
    const given = await post("/account/passkeys/options", visitor.cookies, { csrf });
    expect(given.status).toBe(200);
    expect(given.headers.get("Cache-Control")).toBe("no-store");
    expect(await given.json()).toMatchObject({ rp: { id: "api.example.test" }, user: { name: "keys@example.com" } });
    const stranger = visit(service);
    const logInPage = await stranger.open("/login");
    const own = logInPage.elements.flatMap(({ attributes }) => attributes.get("data-csrf") ?? [])[0];
    const refused = await post("/account/passkeys/options", stranger.cookies, { csrf: own });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("WWW-Authenticate")).toMatch(/^Bearer /);
    const options = await post("/login/passkey/options", stranger.cookies, { csrf: own });
    expect(await options.json()).toMatchObject({ rpId: "api.example.test", userVerification: "required" });
    const wrong = await post("/login/passkey", stranger.cookies, { csrf: own, credential: "{}" });
    expect(wrong.status).toBe(422);
  });
});
