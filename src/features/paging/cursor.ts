/**
 * Cursors: signed positions in an order, valid for at least three days. A cursor is bound to its list: collection,
 * filters, order, and the principal if the list depends on it. A cursor grants no permission.
 */
import { z } from "@hono/zod-openapi";
import type { KeyValue } from "#core/data/keyset.ts";
import { problem } from "#core/http/problem.ts";
import { markOf, openToken, signToken, type TokenScope } from "./token.ts";

const DAY_MS = 86_400_000;
const LIFETIME_DAYS = 4;
const PURPOSE = "cursor";

export interface Position {
  /** The sort key of the row before the page. */
  readonly key: readonly KeyValue[];
  readonly direction: "next" | "prev";
  /** Whether the page includes that row, if it exists. */
  readonly inclusive: boolean;
  /** The generation of the list when the row was read. The page has this generation or a later one. */
  readonly generation: number;
}

const payloadSchema = z.tuple([
  z.enum(["next", "prev"]),
  z.boolean(),
  z.array(z.union([z.string(), z.number()])),
  z.number(),
]);

/** The period in which equal positions give equal cursors. */
export interface CursorEpoch {
  /** Changes with the UTC day and with the secret: everything a cursor depends on except its position. */
  readonly token: string;
  /** Epoch ms, at most `now`. The lifetime of a cursor starts here. */
  readonly startsAt: number;
}

/**
 * The part of a list's validator that covers its cursors. In another epoch the same page has other cursors, so it must
 * have another strong ETag and another modification time.
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
 * `terms` is the number of values in the key of the list's order.
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
  // A valid signature on another form: a different release signed it for the same list in the same order.
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
