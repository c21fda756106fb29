/**
 * Cursors: a position in an order, signed, bound to the list it came from (collection, filters, order, and the
 * principal where the list depends on who asks), good for three days. A cursor is never a permission.
 */
import { z } from "@hono/zod-openapi";
import type { KeyValue } from "../data/keyset.ts";
import { problem } from "../http/problem.ts";
import { openToken, signToken } from "./token.ts";

const LIFETIME_SECONDS = 3 * 86_400;
const PURPOSE = "cursor";

export interface Position {
  /** The sort key of the row that the page lies behind. */
  readonly key: readonly KeyValue[];
  readonly direction: "next" | "prev";
}

/** What a cursor is good for. `binding` is all that makes the list the same list. */
export interface CursorScope {
  readonly secret: string;
  readonly binding: string;
  /** Epoch ms. */
  readonly now: number;
}

const payloadSchema = z.object({
  b: z.string(),
  k: z.array(z.union([z.string(), z.number()])),
  d: z.enum(["next", "prev"]),
  e: z.number(),
});

export async function writeCursor(position: Position, scope: CursorScope): Promise<string> {
  const expiresAt = Math.floor(scope.now / 1000) + LIFETIME_SECONDS;
  return signToken(scope.secret, PURPOSE, {
    b: await digest(scope.binding),
    k: position.key,
    d: position.direction,
    e: expiresAt,
  });
}

/** @throws invalid-cursor, cursor-expired */
export async function readCursor(cursor: string, scope: CursorScope): Promise<Position> {
  const payload = payloadSchema.safeParse(await openToken(scope.secret, PURPOSE, cursor));
  if (!payload.success || payload.data.b !== (await digest(scope.binding))) {
    throw problem("invalid-cursor", {
      errors: [{ parameter: "cursor", code: "invalid-cursor", detail: "The cursor does not belong to this list." }],
    });
  }
  if (payload.data.e * 1000 < scope.now) {
    throw problem("cursor-expired", {
      detail: `The cursor expired at ${new Date(payload.data.e * 1000).toISOString()}.`,
    });
  }
  return { key: payload.data.k, direction: payload.data.d };
}

async function digest(binding: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(binding));
  return new Uint8Array(hash, 0, 12).toBase64({ alphabet: "base64url" });
}
