/**
 * IP addresses as text, truncated to their network. Each network has one spelling, and an IPv4-mapped IPv6 address
 * counts as IPv4. Rejects text that is not an address, including zone ids.
 */

/** How many leading bits to keep for each IP version. */
export interface NetworkBits {
  readonly v4: number;
  readonly v6: number;
}

/**
 * The network of an address with the other bits zero, such as `192.0.2.0` or `2001:db8:1::`. Undefined if `address` is
 * invalid.
 */
export function networkOf(address: string, bits: NetworkBits): string | undefined {
  const v4 = parseV4(address);
  if (v4 !== undefined) return keepBits(v4, bits.v4, 8).join(".");
  const v6 = parseV6(address);
  if (v6 === undefined) return undefined;
  const mapped = mappedV4(v6);
  return mapped === undefined ? writeV6(keepBits(v6, bits.v6, 16)) : keepBits(mapped, bits.v4, 8).join(".");
}

function parseV4(text: string): number[] | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

/** The eight groups of an IPv6 address (RFC 4291 section 2.2). */
function parseV6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** The last 32 bits of an IPv6 address can be written as IPv4. */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const v4 = endsAddress && index === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = v4;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** `::ffff:a.b.c.d` (RFC 4291 section 2.5.5.2). */
function mappedV4(groups: readonly number[]): number[] | undefined {
  if (groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff) return undefined;
  return groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
}

function keepBits(parts: readonly number[], bits: number, width: number): number[] {
  return parts.map((part, index) => {
    const dropped = Math.min(width, Math.max(0, width - (bits - index * width)));
    return part & ~((1 << dropped) - 1);
  });
}

/**
 * Writes all groups up to the last non-zero one, then `::`. The spelling is unique, although not always the shortest.
 */
function writeV6(groups: readonly number[]): string {
  const last = groups.findLastIndex((group) => group !== 0);
  const text = groups.slice(0, last + 1).map((group) => group.toString(16));
  return last === 7 ? text.join(":") : `${text.join(":")}::`;
}
