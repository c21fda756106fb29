/**
 * Whose address a request comes from, as keys of limits. Guarantees that one site's addresses share: an IPv6 host owns
 * its /64, and a site often a /56 or /48, which are limited beside it; IPv4 in IPv6 is IPv4. What is no address, as when
 * the platform tells none, is one key: it is limited, not let through.
 */
import { networkOf } from "#core/http/ip-address.ts";

/** How much of the network is meant: the address (IPv6: its /64), or what a site may own around it. */
export type Width = "host" | "56" | "48";

export interface AddressKey {
  readonly width: Width;
  readonly key: string;
}

const UNKNOWN: readonly AddressKey[] = [{ width: "host", key: "unknown" }];

/** The keys of an address, narrowest first: one for IPv4, three for IPv6. */
export function addressKeys(address: string): readonly AddressKey[] {
  const host = networkOf(address, { v4: 32, v6: 64 });
  if (host === undefined) return UNKNOWN;
  if (!host.includes(":")) return [{ width: "host", key: host }];
  return [
    { width: "host", key: `${host}/64` },
    { width: "56", key: `${networkOf(address, { v4: 32, v6: 56 })}/56` },
    { width: "48", key: `${networkOf(address, { v4: 32, v6: 48 })}/48` },
  ];
}
