/** Opaque ids: TypeIDs over UUIDv7 (RFC 9562 section 5.7), which sort by creation time. */
import { TypeID } from "typeid-js";

/** A new id such as `prod_01jaz...`. `now` is epoch ms; `random` has at least 10 bytes. */
export function makeId(prefix: string, now: number, random: Uint8Array): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now % 2 ** 32);
  bytes.set(random.subarray(0, 10), 6);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return TypeID.fromUUIDBytes(prefix, bytes).toString();
}

/** Whether `text` is a well-formed TypeID with that prefix, in canonical spelling. */
export function isId(prefix: string, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(text.slice(prefix.length + 1));
}
