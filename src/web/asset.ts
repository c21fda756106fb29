/** What pages load, as endpoints answer with it. */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";

/** Assets are small and in memory: to give one costs no more than to refuse it. */
export const ASSET_POLICY = {
  access: "public",
  limit: "unmetered",
  cache: { scope: "public", freshForSeconds: 300 },
  precondition: "none",
  idempotency: "none",
} as const;

export const assetSchema = z.string().max(1_048_576).openapi("Asset", { description: "What a page loads." });

export type AssetName = keyof typeof import("./assets.ts").ASSETS;

/** The asset of that name. */
export async function asset(name: AssetName, mediaType: string): Promise<DocumentAnswer> {
  const { ASSETS } = await import("./assets.ts");
  return { kind: "document", status: 200, mediaType: `${mediaType}; charset=utf-8`, content: ASSETS[name] };
}
