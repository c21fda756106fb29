/** Names of UTF-8 in the Content-Type of forms and OAuth requests. */
import { beforeAll, describe, expect, it } from "vitest";
import { ROBOT, SECRET, seed } from "../features/identity/server/support.ts";
import { problemOf } from "../support/requests.ts";
import { startService } from "../support/service.ts";
import { FROM_PAGE, newPerson, PASSWORD, visit } from "../web/account/visitor.ts";

const FORM = "application/x-www-form-urlencoded";
const service = startService();

const UTF_8 = ["", "; charset=utf-8", "; charset=UTF-8", "; charset=utf8", ";charset=UTF8", '; charset="utf8"'];
const OTHERS = ["; charset=latin1", "; charset=utf-16", "; charset=x", '; charset=""'];

describe("the token endpoint", () => {
  beforeAll(seed, 60_000);

  const request = (parameters: string) =>
    service.fetch("/oauth/token", {
      method: "POST",
      headers: { "Content-Type": `${FORM}${parameters}` },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: "robot",
        client_secret: SECRET,
      }).toString(),
    });

  it.each(UTF_8)("E10 accepts a form%s", async (parameters) => {
    const response = await request(parameters);
    expect(response.status).toBe(200);
    const line = JSON.parse(service.logs.at(-1) ?? "{}") as Record<string, unknown>; // a line of the log
    expect(line["user.id"]).toBe(ROBOT);
  });

  it.each(OTHERS)("E10 returns 415 for a form%s", async (parameters) => {
    const response = await request(parameters);
    expect(response.status).toBe(415);
    expect((await problemOf(response)).code).toBe("UNSUPPORTED_MEDIA_TYPE");
  });
});

describe("a form of a page", () => {
  beforeAll(async () => {
    await newPerson(service, "grace@example.com");
  });

  async function logIn(parameters: string) {
    const visitor = visit(service);
    await visitor.open("/login");
    const headers = { ...FROM_PAGE, "Content-Type": `${FORM}${parameters}` };
    return visitor.send("/login", { email: "grace@example.com", password: PASSWORD }, headers);
  }

  it.each(UTF_8)("E10 is accepted as a form%s", async (parameters) => {
    expect((await logIn(parameters)).location).toBe("/account");
  });

  it.each(OTHERS)("E10 gets 415 as a form%s", async (parameters) => {
    expect((await logIn(parameters)).status).toBe(415);
  });
});
