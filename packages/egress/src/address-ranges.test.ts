import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { REFUSED_IPV4, REFUSED_IPV6, refusedRange } from "./address-ranges.ts";

/** An IPv4 address as a number, and back. */
const ipv4 = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
const numberOf = (address: string): number =>
  address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

/** The eight groups of an IPv6 address of the table as one number. */
function bigOf(address: string): bigint {
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => text.split(":").filter((part) => part !== "");
  const [left, right] = [groups(head), groups(tail)];
  const all = [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return all.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}
const groupsOf = (number: bigint): string[] =>
  Array.from({ length: 8 }, (_, at) => ((number >> BigInt(16 * (7 - at))) & 0xffffn).toString(16));
const ipv6 = (number: bigint): string => groupsOf(number).join(":");

const inIpv4 = (number: number): boolean =>
  REFUSED_IPV4.some(([first, bits]) => {
    const size = 2 ** (32 - bits);
    return number >= numberOf(first) && number < numberOf(first) + size;
  });
const inIpv6 = (number: bigint): boolean =>
  number >> 125n !== 1n ||
  REFUSED_IPV6.some(([first, bits]) => number >> BigInt(128 - bits) === bigOf(first) >> BigInt(128 - bits));

describe("the edges of each range", () => {
  it.each(REFUSED_IPV4)("%s/%i", (first, bits, what) => {
    const start = numberOf(first);
    const end = start + 2 ** (32 - bits) - 1;
    expect(refusedRange(ipv4(start))).toBe(what);
    expect(refusedRange(ipv4(end))).toBe(what);
    for (const beside of [start - 1, end + 1]) {
      if (beside < 0 || beside > 0xffff_ffff || inIpv4(beside)) continue;
      expect(refusedRange(ipv4(beside))).toBeUndefined();
    }
  });

  it.each(REFUSED_IPV6)("%s/%i", (first, bits, what) => {
    const start = bigOf(first);
    const end = start + (1n << BigInt(128 - bits)) - 1n;
    expect(refusedRange(ipv6(start))).toBe(what);
    expect(refusedRange(ipv6(end))).toBe(what);
    for (const beside of [start - 1n, end + 1n]) {
      if (beside < 0n || beside >> 128n !== 0n || inIpv6(beside)) continue;
      expect(refusedRange(ipv6(beside))).toBeUndefined();
    }
  });
});

test.each([
  "169.254.169.254",
  "255.255.255.255",
  "::1",
  "::",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::FFFF:169.254.169.254",
  "0:0:0:0:0:ffff:a00:1",
  "64:ff9b::7f00:1",
  "64:ff9b::8.8.8.8",
  "2002:7f00:1::",
  "2001:0:53aa:64c:0:fbff:ad44:1",
  "fd00:ec2::254",
  "fe80::1%eth0",
  "4000::1",
  "not an address",
  "",
])("refuses %s", (address) => {
  expect(refusedRange(address)).toEqual(expect.any(String));
});

test.each([
  "8.8.8.8",
  "1.1.1.1",
  "172.32.0.1",
  "::ffff:8.8.8.8",
  "2606:4700:4700::1111",
  "2001:4860:4860::8888",
])("leaves %s alone", (address) => {
  expect(refusedRange(address)).toBeUndefined();
});

const part = fc.constantFrom(
  (number: number) => String(number),
  (number: number) => `0x${number.toString(16)}`,
  (number: number) => `0X${number.toString(16).toUpperCase()}`,
  (number: number) => `0${number.toString(8)}`,
);
/** Ways to write an IPv4 address in a URL: from one number to four parts, each decimal, octal or hexadecimal. */
const spelling = fc
  .tuple(fc.integer({ min: 1, max: 4 }), part, part, part, part, fc.boolean())
  .map(([count, a, b, c, d, dot]) => (number: number): string => {
    const bytes = ipv4(number).split(".").map(Number);
    const head = bytes.slice(0, count - 1).map((byte, at) => ([a, b, c][at] ?? a)(byte));
    const tail = bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0);
    return [...head, d(tail)].join(".") + (dot ? "." : "");
  });

test("an IPv4 address is judged by what it is, however a URL spells it", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc
          .constantFrom(...REFUSED_IPV4)
          .chain(([first, bits]) =>
            fc.integer({ min: 0, max: 2 ** (32 - bits) - 1 }).map((offset) => numberOf(first) + offset),
          ),
      ),
      spelling,
      (number, spell) => {
        const refused = inIpv4(number);
        expect(refusedRange(new URL(`http://${spell(number)}/`).hostname) !== undefined).toBe(refused);
        const mapped = new URL(`http://[::ffff:${ipv4(number)}]/`).hostname.slice(1, -1);
        for (const text of [mapped, `::ffff:${ipv4(number)}`, `::FFFF:${ipv4(number)}`]) {
          expect(refusedRange(text) !== undefined).toBe(refused);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("an IPv6 address is judged by what it is, however it is spelt", () => {
  const any = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
  fc.assert(
    fc.property(
      fc.oneof(
        any,
        any.map((number) => (1n << 125n) | (number >> 3n)),
        fc
          .tuple(fc.constantFrom(...REFUSED_IPV6), any)
          .map(([[first, bits], number]) => bigOf(first) | (number >> BigInt(bits))),
      ),
      (number) => {
        if (number >> 32n === 0xffffn) return;
        const full = groupsOf(number).map((group) => group.padStart(4, "0"));
        const dotted = [...groupsOf(number).slice(0, 6), ipv4(Number(number & 0xffff_ffffn))].join(":");
        const short = new URL(`http://[${ipv6(number)}]/`).hostname.slice(1, -1);
        for (const text of [ipv6(number), full.join(":"), full.join(":").toUpperCase(), dotted, short]) {
          expect(refusedRange(text) !== undefined, text).toBe(inIpv6(number));
        }
      },
    ),
    { numRuns: 1000 },
  );
});
