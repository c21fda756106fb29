// Ids of seeded rows: TypeIDs with a valid UUIDv7 (RFC 9562 section 5.7) of the row's creation time, so ids sort by
// creation.

import { TypeID } from "typeid-js";
import { int, type Random } from "./random.ts";

/** An id such as `prod_…` for a row created at `createdAt` (epoch ms). `random` supplies its random bits. */
export function idAt<P extends string>(prefix: P, createdAt: number, random: Random): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(createdAt / 0x1_0000_0000));
  view.setUint32(2, createdAt % 0x1_0000_0000);
  for (let i = 6; i < 16; i++) bytes[i] = int(random, 0, 255);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return TypeID.fromUUIDBytes(prefix, bytes).toString();
}
