/** The documents that describe the service to programs, and the links to them. */
import { expect, it } from "vitest";
import openApi from "#schema/openapi/openapi.json";
import v1 from "#schema/openapi/v1.json";
import { ORIGIN, startService } from "../../support/service.ts";

const service = startService();

it.each([
  ["/openapi.json", openApi],
  ["/v1/openapi.json", v1],
])("L01 %s is the committed document", async (path, document) => {
  const response = await service.fetch(path);
  expect(response.headers.get("Content-Type")).toBe("application/json");
  expect(await response.json()).toEqual(document);
});

it("L01 the API catalogue links only to existing documents", async () => {
  const response = await service.fetch("/.well-known/api-catalog");
  expect(response.headers.get("Content-Type")).toBe(
    'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
  );
  const { linkset } = await response.json<{ linkset: Record<string, { href: string; type: string }[] | string>[] }>();
  const links = Object.values(linkset[0] ?? {}).flatMap((links) => (typeof links === "string" ? [] : links));
  expect(links).toHaveLength(3);
  for (const { href, type } of links) {
    const target = await service.fetch(href);
    expect(target.status).toBe(200);
    expect(target.headers.get("Content-Type")?.split(";")[0]).toBe(type);
  }
});

it.each(["/", "/openapi.json", "/.well-known/api-catalog"])("L01 %s links to the other documents", async (path) => {
  const { headers } = await service.fetch(path, { method: "HEAD" });
  expect(headers.get("Link")).toBe(
    [
      `<${ORIGIN}/openapi.json>; rel="service-desc"`,
      `<${ORIGIN}/docs>; rel="service-doc"`,
      `<${ORIGIN}/health>; rel="status"`,
      `<${ORIGIN}/.well-known/api-catalog>; rel="api-catalog"`,
    ].join(", "),
  );
});
