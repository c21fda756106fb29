/**
 * The public pages over HTTP: complete, well-formed, with a strict content security policy, and consistent with the
 * registries.
 */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { problemCode } from "#core/http/problem-types.ts";
import document from "#schema/openapi/openapi.json";
import { readSettings } from "../../src/config.ts";
import { problemTypes } from "../../src/modules.ts";
import { renderFirstSteps } from "../../src/web/first-steps.ts";
import { templatePattern } from "../support/documented.ts";
import { ORIGIN, startService } from "../support/service.ts";
import { readElements, valuesOf } from "./markup-check.ts";

const PAGES = ["/", "/docs", "/problems", ...problemTypes.map(({ name }) => `/problems/${name}`)];
const ASSETS = [
  ["/assets/sluice.css", "text/css"],
  ["/assets/sluice.svg", "image/svg+xml"],
  ["/assets/scripts/copy.js", "text/javascript"],
  ["/assets/scripts/docs.js", "text/javascript"],
  ["/assets/scripts/element.js", "text/javascript"],
  ["/assets/scripts/fields.js", "text/javascript"],
  ["/assets/scripts/json-tokens.js", "text/javascript"],
  ["/assets/scripts/key-field.js", "text/javascript"],
  ["/assets/scripts/passkeys.js", "text/javascript"],
  ["/assets/scripts/request.js", "text/javascript"],
  ["/assets/scripts/result.js", "text/javascript"],
  ["/assets/scripts/steps.js", "text/javascript"],
  ["/assets/scripts/try-it.js", "text/javascript"],
  ["/favicon.ico", "image/svg+xml"],
  ["/robots.txt", "text/plain"],
] as const;

async function read(path: string): Promise<string> {
  const response = await startService().fetch(path);
  expect(response.status).toBe(200);
  return response.text();
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("'", "&#39;").replaceAll("<", "&lt;");
}

/** The text of a page without its tags. */
function textOf(page: string): string {
  return page.replaceAll(/<[^>]*>/g, "");
}

describe.each(PAGES)("%s", (path) => {
  it("is well-formed, with unique ids and working links within the page", async () => {
    const elements = readElements(await read(path));
    const ids = valuesOf(elements, "id");
    expect(new Set(ids).size).toBe(ids.length);
    const known = new Set(ids);
    for (const attribute of ["aria-labelledby", "for"]) {
      for (const id of valuesOf(elements, attribute)) expect(known).toContain(id);
    }
    for (const href of valuesOf(elements, "href")) {
      if (href.startsWith("#")) expect(known, path).toContain(href.slice(1));
    }
  });

  it("has one h1, a title, a language, landmarks, and headings that skip no level", async () => {
    const page = await read(path);
    const names = readElements(page).map(({ name }) => name);
    expect(names.filter((name) => name === "h1")).toHaveLength(1);
    expect(names.filter((name) => name === "main")).toHaveLength(1);
    expect(page).toContain('<html lang="en">');
    expect(page).toMatch(/<title>[^<]+<\/title>/);
    const levels = names.filter((name) => /^h[1-6]$/.test(name)).map((name) => Number(name[1]));
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
  });

  it("L08 allows no inline, evaluated or external content", async () => {
    const response = await startService().fetch(path);
    const policy = response.headers.get("Content-Security-Policy") ?? "";
    const directives = new Map(policy.split("; ").map((part) => [part.split(" ")[0], part.split(" ").slice(1)]));
    expect(directives.get("default-src")).toEqual(["'none'"]);
    for (const closed of ["base-uri", "form-action", "frame-ancestors"])
      expect(directives.get(closed)).toEqual(["'none'"]);
    expect(policy).not.toMatch(/unsafe-|\*|https?:|data:|blob:/);
    expect(directives.has("script-src")).toBe(path === "/docs" || path === "/");
    const page = await response.text();
    const elements = readElements(page);
    expect(
      elements.flatMap(({ attributes }) => [...attributes.keys()]).filter((name) => /^(style|on.*)$/.test(name)),
    ).toEqual([]);
    expect(elements.filter(({ name }) => name === "style")).toEqual([]);
    for (const script of elements.filter(({ name }) => name === "script"))
      expect(script.attributes.get("src")).toMatch(/^\/assets\//);
    for (const url of [...valuesOf(elements, "href"), ...valuesOf(elements, "src")]) expect(url).toMatch(/^[/#](?!\/)/);
  });

  it("has only working links", async () => {
    const service = startService();
    const elements = readElements(await read(path));
    const targets = [...valuesOf(elements, "href"), ...valuesOf(elements, "src")].filter((url) => url.startsWith("/"));
    for (const target of new Set(targets.map((url) => url.split("#")[0] ?? ""))) {
      const found = await service.fetch(target);
      // Account pages redirect visitors who are not signed in to the login.
      const shown = found.status === 303 ? await service.fetch(found.headers.get("Location") ?? "") : found;
      expect(shown.status, target).toBe(200);
    }
  });

  it("answers HEAD, ignores unknown parameters, and sets Cache-Control", async () => {
    const service = startService();
    const head = await service.fetch(path, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    const response = await service.fetch(`${path}?utm_source=letter&utm_source=twice`);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("Cache-Control")).toBe("public, no-cache");
  });
});

describe.each(problemTypes)("G02 L04 /problems/$name", (type) => {
  const { name } = type;

  it("shows title, status, code, cause, fix, an example and whether to retry", async () => {
    const page = await read(`/problems/${name}`);
    expect(page).toContain(`<h1>${escaped(type.title)}</h1>`);
    expect(page).toContain(`<dt>Status</dt><dd>${type.status}</dd>`);
    expect(page).toContain(`<dt>Code</dt><dd><code>${problemCode(name)}</code></dd>`);
    expect(page).toContain(`<dt>Retryable</dt><dd>${type.retryable ? "Yes" : "No"}:`);
    for (const heading of ["Cause", "Fix", "Example", "Where it occurs"]) expect(page).toContain(`>${heading}</h2>`);
    const text = textOf(page);
    expect(text).toContain(escaped(type.cause.replaceAll("`", "")));
    expect(text).toContain(escaped(type.fix.replaceAll("`", "")));
  });

  it("shows a valid problem document of its type", async () => {
    const page = await read(`/problems/${name}`);
    const [, block = ""] = /<pre class="block"><code>(.*?)<\/code><\/pre>/s.exec(page) ?? [];
    const json = textOf(block).replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
    expect(JSON.parse(json)).toMatchObject({
      type: `${ORIGIN}/problems/${name}`,
      title: type.title,
      status: type.status,
      code: problemCode(name),
      retryable: type.retryable,
    });
  });
});

describe("/problems", () => {
  it("L04 lists exactly the registry", async () => {
    const links = valuesOf(readElements(await read("/problems")), "href").filter((href) =>
      href.startsWith("/problems/"),
    );
    expect(links.map((href) => href.slice("/problems/".length)).sort()).toEqual(
      problemTypes.map(({ name }) => name).sort(),
    );
  });

  it.each(["/problems/no-such-type", "/problems/Validation-Error", "/problems/toString"])(
    "returns 404 for %s",
    async (path) => {
      const response = await startService().fetch(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ type: `${ORIGIN}/problems/not-found` });
    },
  );
});

describe("/docs", () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );

  it.each(operations.map(({ operationId, path, method }) => [operationId, method, path]))(
    "describes %s and links to it",
    async (operationId, method, path) => {
      const elements = readElements(await read("/docs"));
      const section = elements.find(({ attributes }) => attributes.get("id") === operationId);
      expect(section?.attributes.get("data-method")).toBe(method);
      expect(section?.attributes.get("data-path")).toBe(path);
      expect(valuesOf(elements, "href")).toContain(`#${operationId}`);
    },
  );

  it("lists every parameter, schema, header and shared response", async () => {
    const page = await read("/docs");
    for (const operation of operations) {
      for (const { name } of "parameters" in operation ? (operation.parameters ?? []) : []) {
        expect(page).toContain(`<code>${name}</code>`);
      }
    }
    const { schemas, headers, responses } = document.components;
    const ids = new Set(valuesOf(readElements(page), "id"));
    for (const name of Object.keys(schemas)) expect(ids).toContain(`schema-${name}`);
    for (const name of Object.keys(headers)) expect(ids).toContain(`header-${name}`);
    for (const name of Object.keys(responses)) expect(ids).toContain(`response-${name}`);
  });
});

describe("/", () => {
  it("shows commands for its own origin and for existing operations", async () => {
    const page = await read("/");
    const commands = [...page.matchAll(/<pre class="block shell"><code>(.*?)<\/code>/gs)].map(
      ([, command = ""]) => command,
    );
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      expect(command).toContain(`&#39;${ORIGIN}/`);
      if (command.includes("filter[")) expect(command).toContain("curl -g ");
      const [, path = ""] = new RegExp(`&#39;${ORIGIN}(/[^?&]*)`).exec(command) ?? [];
      const served = Object.keys(document.paths).some((template) => templatePattern(template).test(path));
      expect(served, command).toBe(true);
    }
  });

  it("is rendered again for another origin, and escapes its characters", async () => {
    const service = startService({ bindings: { SLUICE_PUBLIC_ORIGIN: "" } as unknown as Partial<Env> }); // the Worker types contain only the values of wrangler.toml
    const first = await service.fetch("/");
    const other = await service.fetch("https://other.example.test/");
    const odd = await service.fetch("https://it's&odd.example.test/");
    expect(await first.text()).toContain(`${ORIGIN}/oauth/token`);
    expect(await other.text()).toContain("&#39;https://other.example.test/oauth/token&#39;");
    const page = await odd.text();
    readElements(page);
    expect(page).toContain("&#39;https://it&#39;\\&#39;&#39;s&amp;odd.example.test/oauth/token&#39;");
  });
});

describe("the first steps on the start page", () => {
  const stepsWith = (bindings: Record<string, string>) =>
    renderFirstSteps(ORIGIN, readSettings({ ...env, ...bindings } as unknown as Env)); // the Worker types contain only the values of wrangler.toml

  it("name the demo client of the local server", async () => {
    const page = await stepsWith({ SLUICE_DEMO_CLIENT: "demo:a-secret" });
    expect(page).toContain("-u &#39;demo:a-secret&#39;");
    expect(page).not.toContain("CLIENT_SECRET");
  });

  it.each(["", "demo:a-secret"])("name no client in a deployment, with the setting %j", async (client) => {
    const page = await stepsWith({ SLUICE_DEMO_CLIENT: client, SLUICE_ENVIRONMENT: "production" });
    expect(page).toContain("$CLIENT_ID:$CLIENT_SECRET");
    expect(page).not.toContain("a-secret");
  });
});

describe.each(ASSETS)("%s", (path, mediaType) => {
  it("is served with its type and five minutes of caching", async () => {
    const response = await startService().fetch(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe(`${mediaType}; charset=utf-8`);
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=300");
    expect((await startService().fetch(path, { method: "HEAD" })).status).toBe(200);
  });
});

describe("/.well-known/security.txt", () => {
  const read = (bindings: Record<string, string>) =>
    startService({ bindings: bindings as unknown as Partial<Env> }).fetch("/.well-known/security.txt"); // the Worker types contain only the values of wrangler.toml

  it("names the configured contact, and expires within a year", async () => {
    const response = await read({ SLUICE_SECURITY_CONTACT: "mailto:security@shop.example" });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/plain; charset=utf-8");
    const text = await response.text();
    expect(text).toMatch(/^Contact: mailto:security@shop\.example\nExpires: 2026-05-01T00:00:00Z\n/);
    expect(text).toContain(`Canonical: ${ORIGIN}/.well-known/security.txt`);
  });

  it("returns 404 in a deployment without a contact", async () => {
    expect((await read({ SLUICE_ENVIRONMENT: "production" })).status).toBe(404);
  });

  it.each(["security@shop.example", "http://shop.example/", "mailto:a@b\nContact: x", "javascript:alert(1)"])(
    "refuses to start with the contact %j",
    async (contact) => {
      expect((await read({ SLUICE_SECURITY_CONTACT: contact })).status).toBe(503);
    },
  );
});

it("returns 404 for a stylesheet under the path of scripts", async () => {
  expect((await startService().fetch("/assets/scripts/sluice.css")).status).toBe(404);
});
