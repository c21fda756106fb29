/**
 * Cursors: a position in an order, signed, bound to the list it came from (collection, filters, order, and the
 * principal where the list depends on who asks), good for at least three days. A cursor is never a permission.
 */
import { z } from "@hono/zod-openapi";
import type { KeyValue } from "#core/data/keyset.ts";
import { problem } from "#core/http/problem.ts";
import { markOf, openToken, signToken, type TokenScope } from "./token.ts";

const DAY_MS = 86_400_000;
const LIFETIME_DAYS = 4;
const PURPOSE = "cursor";

export interface Position {
  /** The sort key of the row that the page lies behind. */
  readonly key: readonly KeyValue[];
  readonly direction: "next" | "prev";
  /** Whether the page begins with that row itself, should it be there. */
  readonly inclusive: boolean;
  /** That of the list when the row was seen. The page is of this one or of a later one. */
  readonly generation: number;
}

const payloadSchema = z.tuple([
  z.enum(["next", "prev"]),
  z.boolean(),
  z.array(z.union([z.string(), z.number()])),
  z.number(),
]);

/** The time in which equal positions give equal cursors. */
export interface CursorEpoch {
  /** Changes with the UTC day, and with the secret: with all but the position that a cursor is made of. */
  readonly token: string;
  /** Epoch ms, at most `now`. Expiry is counted from here. */
  readonly startsAt: number;
}

/**
 * What a list's validator must be joined with: the same page made in another epoch has other cursors, and must neither
 * have the same strong entity tag nor be said to be unmodified since.
 */
export async function cursorEpoch({ secret, now }: Pick<TokenScope, "secret" | "now">): Promise<CursorEpoch> {
  const startsAt = startOfDay(now);
  return { token: `${startsAt / DAY_MS}${await markOf(secret, PURPOSE)}`, startsAt };
}

export async function writeCursor(position: Position, scope: TokenScope): Promise<string> {
  const { direction, inclusive, key, generation } = position;
  const expiresAt = startOfDay(scope.now) + LIFETIME_DAYS * DAY_MS;
  return signToken(scope, PURPOSE, expiresAt, [direction, inclusive, key, generation]);
}

/**
 * `terms` is how many values the key of the list's order has.
 *
 * @throws invalid-cursor, cursor-expired
 */
export async function readCursor(cursor: string, scope: TokenScope, terms: number): Promise<Position> {
  const opened = await openToken(scope, PURPOSE, cursor);
  if (opened === undefined) throw invalid();
  if (opened.expiresAt <= scope.now) {
    const detail = `The cursor expired at ${new Date(opened.expiresAt).toISOString()}.`;
    throw problem("cursor-expired", { detail, errors: [{ parameter: "cursor", code: "cursor-expired", detail }] });
  }
  // Signed by us and yet of another form: by another release, for the same list in the same order.
  const { success, data } = payloadSchema.safeParse(opened.payload);
  if (!success || data[2].length !== terms) throw invalid();
  const [direction, inclusive, key, generation] = data;
  return { direction, inclusive, key, generation };
}

function startOfDay(now: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS;
}

function invalid() {
  const detail = "The cursor does not belong to this list.";
  return problem("invalid-cursor", { errors: [{ parameter: "cursor", code: "invalid-cursor", detail }] });
}
