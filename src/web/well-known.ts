/** Files under fixed names, for browsers, crawlers and security researchers. */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";
import { type Endpoint, endpoint } from "#core/contract/endpoint.ts";
import { problem } from "#core/http/problem.ts";
import { ASSET_POLICY, asset, assetSchema } from "./asset.ts";

const TAG = "Documents";

const textSchema = z.string().max(65_536).openapi("PlainText", { description: "Plain text." });

function text(content: string): DocumentAnswer {
  return { kind: "document", status: 200, mediaType: "text/plain; charset=utf-8", content };
}

/** Crawlers may index the documentation, but not the API or the account pages. */
const ROBOTS = `User-agent: *
Allow: /$
Allow: /docs
Allow: /problems
Allow: /assets/
Allow: /openapi.json
Disallow: /
`;

/** The lifetime of `security.txt`. RFC 9116 recommends less than a year. */
const CONTACT_DAYS = 90;
const DAY_MS = 86_400_000;

function securityText(contact: string, origin: string, now: number): string {
  // Rounded to whole days, so the text and its ETag change only once a day.
  const expires = new Date((Math.floor(now / DAY_MS) + CONTACT_DAYS) * DAY_MS);
  return `Contact: ${contact}
Expires: ${expires.toISOString().replace(".000", "")}
Preferred-Languages: en
Canonical: ${origin}/.well-known/security.txt
`;
}

export const wellKnownEndpoints: readonly Endpoint[] = [
  endpoint({
    contract: {
      operationId: "readRobots",
      method: "GET",
      path: "/robots.txt",
      tag: TAG,
      summary: "Rules for crawlers",
      description: "Which pages crawlers may read (RFC 9309).",
      success: { kind: "document", status: 200, mediaType: "text/plain", schema: textSchema, example: ROBOTS },
    },
    policy: ASSET_POLICY,
    handler: async () => text(ROBOTS),
  }),
  endpoint({
    contract: {
      operationId: "readSecurityContact",
      method: "GET",
      path: "/.well-known/security.txt",
      tag: TAG,
      summary: "Contact for security reports",
      description: "Where to report a vulnerability (RFC 9116). Returns 404 if no contact is configured.",
      success: {
        kind: "document",
        status: 200,
        mediaType: "text/plain",
        schema: textSchema,
        example: securityText("mailto:security@example.com", "https://api.example.com", 0),
      },
      problems: ["not-found"],
    },
    policy: ASSET_POLICY,
    handler: async ({ settings, origin, now }) => {
      if (settings.securityContact === undefined) throw problem("not-found");
      return text(securityText(settings.securityContact, origin, now));
    },
  }),
  endpoint({
    contract: {
      operationId: "readFavicon",
      method: "GET",
      path: "/favicon.ico",
      tag: TAG,
      summary: "Icon under its default name",
      description: "The icon that browsers request by default.",
      success: {
        kind: "document",
        status: 200,
        mediaType: "image/svg+xml",
        schema: assetSchema,
        example: '<svg xmlns="http://www.w3.org/2000/svg"/>',
      },
    },
    policy: ASSET_POLICY,
    handler: async () => asset("sluice.svg", "image/svg+xml"),
  }),
];
