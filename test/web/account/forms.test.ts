/** Every registered form is protected against cross-site requests, whichever module declares it. */
import { describe, expect, it } from "vitest";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { endpoints } from "../../../src/modules.ts";
import { ORIGIN, startService } from "../../support/service.ts";
import { FROM_PAGE, fieldOf, visit } from "./visitor.ts";

const JSON_HEADERS = { Accept: "application/json", "Content-Type": "application/json" };

const forms = endpoints.filter(
  ({ contract }) => contract.body?.kind === "form" || contract.body?.schema.shape["csrf"] !== undefined,
);

/** The headers of the request, whether it carries the browser's cookie, and which token it carries. */
interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly token: "own" | "none" | "empty" | "another browser's" | "forged";
  readonly hasCookie: boolean;
}

const own: Sent = { headers: { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" }, token: "own", hasCookie: true };

const REFUSED: readonly (readonly [string, Sent])[] = [
  ["without a token", { ...own, token: "none" }],
  ["with an empty token", { ...own, token: "empty" }],
  ["with the token of another browser", { ...own, token: "another browser's" }],
  ["with a forged token", { ...own, token: "forged" }],
  ["without the browser's cookie", { ...own, hasCookie: false }],
  ["from another site", { ...own, headers: { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" } }],
  [
    "from another host of the domain",
    { ...own, headers: { Origin: "https://other.example.test", "Sec-Fetch-Site": "same-site" } },
  ],
  ["from another origin, by a browser without Fetch Metadata", { ...own, headers: { Origin: "https://evil.example" } }],
  ["from a document without an origin", { ...own, headers: { Origin: "null" } }],
  [
    "from a foreign page that spoofs the origin",
    { ...own, headers: { Origin: ORIGIN, "Sec-Fetch-Site": "cross-site" } },
  ],
];

async function send({ contract }: Endpoint, { headers, token, hasCookie }: Sent, accept: string): Promise<Response> {
  const service = startService();
  const visitor = visit(service);
  const other = visit(service);
  const csrf = fieldOf((await visitor.open("/login")).elements, "csrf") ?? "";
  const foreign = fieldOf((await other.open("/login")).elements, "csrf") ?? "";
  expect(csrf).not.toBe(foreign);
  const tokens = { own: csrf, "another browser's": foreign, forged: "A".repeat(43), empty: "" };
  const { body: declared } = contract;
  const example =
    declared === undefined || declared.kind === "patch" ? {} : (declared.example as Record<string, string>); // fields of forms are text
  const { csrf: _, ...fields } = example;
  const body = token === "none" ? fields : { csrf: tokens[token], ...fields };
  const cookie = Array.from(visitor.cookies, ([name, value]) => `${name}=${value}`).join("; ");
  const isForm = contract.body?.kind === "form";
  return service.fetch(contract.path.replaceAll(/\{\w+\}/g, "x"), {
    method: "POST",
    headers: { ...(isForm ? {} : JSON_HEADERS), Accept: accept, ...headers, ...(hasCookie ? { Cookie: cookie } : {}) },
    body: isForm ? new URLSearchParams(body) : JSON.stringify(body),
  });
}

it("finds the forms", () => {
  expect(forms.length).toBeGreaterThan(8);
});

it.each(
  endpoints.filter(({ contract }) => contract.body?.kind === "form").map((form) => [form.contract.path, form] as const),
)("POST %s declares the token as a field", (_, { contract }) => {
  expect(Object.keys(contract.body?.schema.shape ?? {})).toContain("csrf");
});

describe.each(forms.map((form) => [form.contract.path, form] as const))("POST %s", (path, form) => {
  it.each(REFUSED)("returns 403 %s", async (_, sent) => {
    const response = await send(form, sent, "application/json");
    expect(response.status).toBe(403);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it("accepts requests from its own page and from clients that are not browsers", async () => {
    for (const headers of [own.headers, { Origin: ORIGIN }, { "Sec-Fetch-Site": "none" }, {}]) {
      expect((await send(form, { ...own, headers }, "application/json")).status, path).not.toBe(403);
    }
  });
});

describe("a form that another origin or an expired token made invalid", () => {
  const logIn = forms.find(({ contract }) => contract.path === "/login");
  if (logIn === undefined) throw new Error("no log-in");

  it("does not show the values of a form from another site", async () => {
    const sent = { ...own, headers: { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" } };
    const response = await send(logIn, sent, "text/html");
    expect(response.status).toBe(403);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).not.toContain("ada@example.com");
  });

  it("shows a form with an expired token again", async () => {
    const response = await send(logIn, { ...own, token: "forged" }, FROM_PAGE.Accept);
    expect(response.status).toBe(403);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).toContain("Send it again");
  });
});
