/**
 * A client's address as keys of limits. All addresses of one IPv6 /64 share a key, and the /56 and /48 around it have
 * keys of their own. An IPv4-mapped IPv6 address counts as IPv4. All requests with a missing or unreadable address
 * share one key.
 */
import { networkOf } from "#core/http/ip-address.ts";

/** The network that a key stands for: the address (for IPv6 its /64), or a network that one site may own. */
export type Width = "host" | "56" | "48";

export interface AddressKey {
  readonly width: Width;
  readonly key: string;
}

/** The key of all clients whose address is not known. */
const UNKNOWN_KEY = "unknown";

/** The keys of an address, the narrowest first: one for IPv4, three for IPv6. */
export function addressKeys(address: string): readonly AddressKey[] {
  const host = hostKey(address);
  if (!host.includes(":")) return [{ width: "host", key: host }];
  return [
    { width: "host", key: host },
    { width: "56", key: `${networkOf(address, { v4: 32, v6: 56 })}/56` },
    { width: "48", key: `${networkOf(address, { v4: 32, v6: 48 })}/48` },
  ];
}

/** The narrowest key of an address. */
export function hostKey(address: string): string {
  const host = networkOf(address, { v4: 32, v6: 64 });
  if (host === undefined) return UNKNOWN_KEY;
  return host.includes(":") ? `${host}/64` : host;
}
