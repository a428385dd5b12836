import { BlockList, isIP } from "node:net";

/** A range of addresses that is not the internet: its first address, the bits that all share, and what it is. */
type Range = readonly [first: string, bits: number, what: string];

/** IANA's special-purpose registry for IPv4, and what multicast and class E add. */
export const REFUSED_IPV4: readonly Range[] = [
  ["0.0.0.0", 8, "this network"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "shared by a carrier"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "link-local, where clouds have their metadata"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "protocol assignments"],
  ["192.0.2.0", 24, "documentation"],
  ["192.88.99.0", 24, "6to4 relays"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "benchmarks"],
  ["198.51.100.0", 24, "documentation"],
  ["203.0.113.0", 24, "documentation"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved, and broadcast"],
];

/** The same for IPv6. Ranges that carry an IPv4 address reach it through a translator, so they are refused as a whole. */
export const REFUSED_IPV6: readonly Range[] = [
  ["::", 96, "unspecified, loopback or IPv4-compatible"],
  ["::ffff:0:0:0", 96, "IPv4-translated"],
  ["64:ff9b::", 96, "NAT64"],
  ["64:ff9b:1::", 48, "NAT64 of a network"],
  ["100::", 64, "discarded"],
  ["2001::", 32, "Teredo"],
  ["2001:2::", 48, "benchmarks"],
  ["2001:10::", 28, "ORCHID"],
  ["2001:20::", 28, "ORCHID"],
  ["2001:db8::", 32, "documentation"],
  ["2002::", 16, "6to4"],
  ["3fff::", 20, "documentation"],
  ["5f00::", 16, "segment routing"],
  ["fc00::", 7, "private"],
  ["fe80::", 10, "link-local"],
  ["fec0::", 10, "site-local"],
  ["ff00::", 8, "multicast"],
];

const LISTS = [
  ...REFUSED_IPV4.map((range) => listOf(range, "ipv4")),
  ...REFUSED_IPV6.map((range) => listOf(range, "ipv6")),
];
/** All that has been given to the internet so far. */
const GLOBAL_IPV6 = listOf(["2000::", 3, "global"], "ipv6").list;
/** IPv4 addresses in the clothes of IPv6: the same machine, so they are judged by the address inside. */
const MAPPED = listOf(["::ffff:0:0", 96, "IPv4-mapped"], "ipv6").list;

/** What an address is that must not be dialled for a stranger; undefined when it is one of the internet. */
export function refusedRange(address: string): string | undefined {
  const plain = address.replace(/%.*$/, "");
  const version = isIP(plain);
  if (version === 0) return "no address";
  const family = version === 4 ? "ipv4" : "ipv6";
  if (family === "ipv6" && MAPPED.check(plain, family)) return refusedRange(mappedIpv4(plain));
  const found = LISTS.find((range) => range.family === family && range.list.check(plain, family));
  if (found !== undefined) return found.what;
  return family === "ipv6" && !GLOBAL_IPV6.check(plain, family) ? "not of the internet" : undefined;
}

function listOf([first, bits, what]: Range, family: "ipv4" | "ipv6") {
  const list = new BlockList();
  list.addSubnet(first, bits, family);
  return { list, what, family };
}

/** The IPv4 address that a mapped one holds. The URL parser knows every way to write it, and writes it one way. */
function mappedIpv4(address: string): string {
  const [, high = "", low = ""] =
    /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  const number = parseInt(high, 16) * 0x1_0000 + parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}
