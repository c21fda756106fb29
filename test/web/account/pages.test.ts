/** The account pages over HTTP: well-formed, with a strict content security policy, and never stored. */
import { describe, expect, it } from "vitest";
import { startService } from "../../support/service.ts";
import { valuesOf } from "../markup-check.ts";
import { newPerson, type Shown, visit } from "./visitor.ts";

const service = startService();
const person = newPerson(service, "pages@example.com");
const stranger = visit(service);

const OPEN = ["/login", "/sign-up", "/reset", "/check-mail", "/mailbox"];
const OWN = ["/account", "/account/password"];

async function look(path: string): Promise<Shown> {
  return (OWN.includes(path) ? await person : stranger).open(path);
}

describe.each([...OPEN, ...OWN])("%s", (path) => {
  it("is private and never stored", async () => {
    const shown = await look(path);
    expect(shown.status).toBe(200);
    expect(shown.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(shown.headers.get("Cache-Control")).toBe("no-store");
    expect(shown.headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(shown.headers.get("X-Frame-Options")).toBe("DENY");
  });

  it("has unique ids, a label for each field, and one h1", async () => {
    const { elements } = await look(path);
    const ids = valuesOf(elements, "id");
    expect(new Set(ids).size).toBe(ids.length);
    for (const attribute of ["aria-labelledby", "for"]) {
      for (const id of valuesOf(elements, attribute)) expect(ids).toContain(id);
    }
    for (const described of valuesOf(elements, "aria-describedby")) {
      for (const id of described.split(" ")) expect(ids).toContain(id);
    }
    const fields = elements.filter(({ name, attributes }) => name === "input" && attributes.get("type") !== "hidden");
    for (const { attributes } of fields) {
      expect(valuesOf(elements, "for")).toContain(attributes.get("id"));
      expect(attributes.has("autocomplete")).toBe(true);
    }
    expect(elements.filter(({ name }) => name === "h1")).toHaveLength(1);
  });

  it("L08 allows no inline, evaluated or external content, and no form action on another origin", async () => {
    const { headers, elements } = await look(path);
    const policy = headers.get("Content-Security-Policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; /);
    for (const part of ["base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(part);
    expect(policy).not.toMatch(/unsafe-|\*|https?:|data:|blob:/);
    const attributes = elements.flatMap((element) => [...element.attributes.keys()]);
    expect(attributes.filter((name) => /^(style|on.*)$/.test(name))).toEqual([]);
    for (const url of [...valuesOf(elements, "href"), ...valuesOf(elements, "src"), ...valuesOf(elements, "action")]) {
      expect(url).toMatch(/^[/#](?!\/)/);
    }
    expect(policy.includes("script-src")).toBe(elements.some(({ name }) => name === "script"));
  });

  it("has only forms that post a token", async () => {
    const { elements } = await look(path);
    const forms = elements.filter(({ name }) => name === "form");
    expect(forms.every(({ attributes }) => attributes.get("method") === "post")).toBe(true);
    expect(elements.filter(({ attributes }) => attributes.get("name") === "csrf")).toHaveLength(forms.length);
  });

  it("answers HEAD and ignores unknown parameters", async () => {
    const answer = await (OWN.includes(path) ? await person : stranger).open(
      `${path}?utm_source=x&utm_source=y&notice=%3Cb%3E`,
    );
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain("<b>");
    expect((await service.fetch(path, { method: "HEAD" })).status).toBe(OWN.includes(path) ? 303 : 200);
  });
});

it("the login page has one form with one email and one password field", async () => {
  const { elements } = await stranger.open("/login");
  const fields = elements
    .filter(({ name }) => name === "input")
    .map(({ attributes }) => [attributes.get("type"), attributes.get("name"), attributes.get("autocomplete")]);
  expect(elements.filter(({ name }) => name === "form")).toHaveLength(1);
  expect(fields).toEqual([
    ["hidden", "csrf", undefined],
    ["email", "email", "username"],
    ["password", "password", "current-password"],
  ]);
});

it("a browser keeps its cookie and its token across pages", async () => {
  const visitor = visit(service);
  const [one, other] = [await visitor.open("/login"), await visitor.open("/sign-up")];
  expect(one.headers.getSetCookie()).toHaveLength(1);
  expect(one.headers.getSetCookie()[0]).toMatch(/^__Host-.*; Secure$/);
  expect(other.headers.getSetCookie()).toEqual([]);
  const token = ({ elements }: Shown) => elements.find(({ attributes }) => attributes.get("name") === "csrf");
  expect(token(other)).toEqual(token(one));
});
