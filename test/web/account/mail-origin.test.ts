/** Links in mails never depend on the host that a request names. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "#core/data/database.ts";
import { readMailbox } from "#features/identity/mail/store.ts";
import { type Service, type ServiceOptions, startService } from "../../support/service.ts";
import { newPerson, PASSWORD, visit, wordsOf } from "./visitor.ts";

const KNOWN = "known@example.com";

interface Posted {
  readonly to: string;
  readonly text: string;
}

/** A deployed service, and the mails that it sends. */
function deploy(publicOrigin: string): { readonly service: Service; readonly mails: Posted[] } {
  const mails: Posted[] = [];
  const options: ServiceOptions = {
    bindings: {
      SLUICE_ENVIRONMENT: "production",
      SLUICE_PUBLIC_ORIGIN: publicOrigin,
      SLUICE_MAIL_URL: "https://mail.example.test/send",
      SLUICE_MAIL_TOKEN: "token",
      SLUICE_MAIL_FROM: "store@example.test",
    } as unknown as Partial<Env>, // the Worker types contain only the values of wrangler.toml
    dependencies: {
      fetch: async (request) => {
        mails.push(await request.json());
        return new Response(null, { status: 200 });
      },
    },
  };
  return { service: startService(options), mails };
}

/** Sends a form as a client that is not a browser, to any host, with the token of the form's page. */
async function post(
  service: Service,
  origin: string,
  path: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const page = await service.fetch(`${origin}${path}`, { headers: { Accept: "text/html" } });
  const cookie = page.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
  return service.fetch(`${origin}${path}`, {
    method: "POST",
    headers: { Cookie: cookie, ...headers },
    body: new URLSearchParams({ csrf, ...fields }),
  });
}

const FORMS = [
  ["/reset", { email: KNOWN }],
  ["/reset", { email: "unknown@example.com" }],
  ["/reset", { email: "no address" }],
  ["/sign-up", { name: "Grace", email: KNOWN, password: PASSWORD }],
  ["/sign-up", { name: "Grace", email: "fresh@example.com", password: PASSWORD }],
] as const;

const FORWARDED = {
  "X-Forwarded-Host": "evil.example",
  "X-Forwarded-Proto": "http",
  "X-Original-Host": "evil.example",
  Forwarded: "host=evil.example;proto=http",
};

beforeAll(async () => {
  await newPerson(startService(), KNOWN);
});

describe("a deployment with a public origin", () => {
  it.each(["https://shop.example.com", "https://shop.example.com:8443"])("sends links only to %s", async (origin) => {
    const { service, mails } = deploy(origin);
    const known = `owner-${new URL(origin).port || "443"}@example.com`;
    await newPerson(startService(), known);
    for (const host of ["https://evil.example", "https://evil.example:444", "https://api.example.test"]) {
      expect((await post(service, host, "/reset", { email: known }, FORWARDED)).status).toBe(303);
    }
    const fresh = { name: "Grace", email: `fresh-${known}`, password: PASSWORD };
    expect((await post(service, "https://evil.example", "/sign-up", fresh, FORWARDED)).status).toBe(303);
    const taken = { name: "Grace", email: known, password: PASSWORD };
    expect((await post(service, "https://evil.example", "/sign-up", taken, FORWARDED)).status).toBe(303);
    expect(mails).toHaveLength(5);
    for (const { text } of mails) {
      const links = Array.from(text.matchAll(/https?:\/\/[^/\s]+/g), ([link]) => link);
      expect(new Set(links)).toEqual(new Set([origin]));
    }
  });
});

describe("a deployment without a public origin", () => {
  it.each(FORMS)("returns 503 for POST %s %o, and logs the missing setting", async (path, fields) => {
    const { service, mails } = deploy("");
    for (const origin of ["https://api.example.test", "https://evil.example"]) {
      const response = await post(service, origin, path, fields, FORWARDED);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
      expect(service.logs.at(-1)).toContain("set SLUICE_PUBLIC_ORIGIN");
    }
    expect(mails).toEqual([]);
  });

  it("returns the same response for every address", async () => {
    const { service } = deploy("");
    const bodies = new Set<string>();
    for (const email of [KNOWN, "unknown@example.com", "no address"]) {
      const { correlation_id: _, ...body } = await (
        await post(service, "https://api.example.test", "/reset", { email })
      ).json<Record<string, unknown>>();
      bodies.add(JSON.stringify(body));
    }
    expect(bodies.size).toBe(1);
  });

  it("shows the error on the form's page with the typed values", async () => {
    const { service } = deploy("");
    for (const [path, fields] of FORMS) {
      const visitor = visit(service);
      await visitor.open(path);
      const refused = await visitor.send(path, fields);
      expect(refused.status).toBe(503);
      expect(refused.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
      expect(wordsOf(refused)).toContain("Mail with links cannot be sent");
      expect(refused.text).toContain(`value="${fields.email}"`);
    }
  });

  it("serves everything else, and changes passwords with a mail that has no link", async () => {
    const { service, mails } = deploy("");
    expect((await service.fetch("/.well-known/api-catalog")).status).toBe(200);
    const visitor = visit(service);
    await visitor.open("/login");
    expect((await visitor.send("/login", { email: KNOWN, password: PASSWORD })).location).toBe("/account");
    await visitor.open("/account/password");
    const changed = await visitor.send("/account/password", { current: PASSWORD, password: "three quiet walruses" });
    expect(changed.location).toBe("/account?notice=password-changed");
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).not.toContain("://");
  });
});

describe("an invalid public origin", () => {
  it.each(["http://shop.example.com", "https://shop.example.com/", "https://a:b@shop.example.com", "shop.example.com"])(
    "returns 503 and logs the setting for %s",
    async (origin) => {
      const { service } = deploy(origin);
      expect((await service.fetch("/.well-known/api-catalog")).status).toBe(503);
      expect(service.logs.at(-1)).toContain("SLUICE_PUBLIC_ORIGIN");
    },
  );
});

describe("a local server without a public origin", () => {
  const local = () => startService({ bindings: { SLUICE_PUBLIC_ORIGIN: "" } as unknown as Partial<Env> }); // as above
  const newest = async () => (await readMailbox(openDatabase(env.DB)))[0]?.content ?? "";

  it.each(["http://127.0.0.1:8787", "http://localhost:9001"])(
    "sends links to the request's origin %s",
    async (origin) => {
      const service = local();
      expect((await post(service, origin, "/reset", { email: KNOWN })).status).toBe(303);
      expect(await newest()).toContain(`${origin}/reset/`);
    },
  );

  it.each(["http://evil.example", "https://evil.example", "http://localhost.evil.example", "http://10.0.0.1:8787"])(
    "returns 503 at %s",
    async (origin) => {
      expect((await post(local(), origin, "/reset", { email: KNOWN })).status).toBe(503);
      expect(await newest()).not.toContain("evil.example");
    },
  );
});
