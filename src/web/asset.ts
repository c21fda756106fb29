/** The policy, schema and response that all asset endpoints share. */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer } from "#core/contract/answer.ts";

/** Unmetered: an asset is small and in memory, so a response costs no more than a refusal. */
export const ASSET_POLICY = {
  access: "public",
  limit: "unmetered",
  cache: { scope: "public", freshForSeconds: 300 },
  precondition: "none",
  idempotency: "none",
} as const;

export const assetSchema = z
  .string()
  .max(1_048_576)
  .openapi("Asset", { description: "A stylesheet, script or icon that a page loads." });

export type AssetName = keyof typeof import("./assets.ts").ASSETS;

/** Responds with the asset `name`. */
export async function asset(name: AssetName, mediaType: string): Promise<DocumentAnswer> {
  const { ASSETS } = await import("./assets.ts");
  return { kind: "document", status: 200, mediaType: `${mediaType}; charset=utf-8`, content: ASSETS[name] };
}
