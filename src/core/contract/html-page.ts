/** An HTML page, as the OpenAPI document shows it. */
import { z } from "@hono/zod-openapi";

export const htmlPageSchema = z.string().max(4_194_304).openapi("HtmlPage", { description: "An HTML page." });

export function htmlExample(title: string): string {
  return `<!doctype html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
}
