import { isIP } from "node:net";

/** Blocks that have a name. */
const NAMED: ReadonlySet<string> = new Set(["loopback", "linklocal", "uniquelocal"]);

/** Whether a text names addresses: one, a CIDR block, or a block by its name. */
export function isAddressBlock(text: string): boolean {
  if (NAMED.has(text)) return true;
  const [address = "", prefix, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (family === 4 ? 32 : 128);
}
