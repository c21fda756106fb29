/**
 * Cursors: a position in an order, signed, bound to the list it came from (collection, filters, order, and the
 * principal where the list depends on who asks), good for at least three days. A cursor is never a permission.
 */
import { z } from "@hono/zod-openapi";
import type { KeyValue } from "../data/keyset.ts";
import { problem } from "../http/problem.ts";
import { openToken, signToken, type TokenScope } from "./token.ts";

const DAY_MS = 86_400_000;
const LIFETIME_DAYS = 4;
const PURPOSE = "cursor";

export interface Position {
  /** The sort key of the row that the page lies behind. */
  readonly key: readonly KeyValue[];
  readonly direction: "next" | "prev";
  /** Whether the page begins with that row itself, should it be there. */
  readonly inclusive: boolean;
}

const payloadSchema = z.tuple([z.enum(["next", "prev"]), z.boolean(), z.array(z.union([z.string(), z.number()]))]);

/**
 * The UTC day on which a cursor is made, which its expiry is counted from. A list's validator names it: the same page
 * made on another day has other cursors, and must not have the same strong entity tag.
 */
export function cursorDay(now: number): number {
  return Math.floor(now / DAY_MS);
}

export async function writeCursor(position: Position, scope: TokenScope): Promise<string> {
  const { direction, inclusive, key } = position;
  const expiresAt = (cursorDay(scope.now) + LIFETIME_DAYS) * DAY_MS;
  return signToken(scope, PURPOSE, expiresAt, [direction, inclusive, key]);
}

/** @throws invalid-cursor, cursor-expired */
export async function readCursor(cursor: string, scope: TokenScope): Promise<Position> {
  const opened = await openToken(scope, PURPOSE, cursor);
  if (opened === undefined) {
    throw problem("invalid-cursor", {
      errors: [{ parameter: "cursor", code: "invalid-cursor", detail: "The cursor does not belong to this list." }],
    });
  }
  if (opened.expiresAt <= scope.now) {
    const detail = `The cursor expired at ${new Date(opened.expiresAt).toISOString()}.`;
    throw problem("cursor-expired", { detail, errors: [{ parameter: "cursor", code: "cursor-expired", detail }] });
  }
  const [direction, inclusive, key] = payloadSchema.parse(opened.payload);
  return { direction, inclusive, key };
}
