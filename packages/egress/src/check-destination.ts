import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { refusedRange } from "./address-ranges.ts";
import { EgressError } from "./egress-error.ts";
import type { EgressPolicy } from "./egress-policy.ts";

/** One address of a host. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Asks for the addresses of a name. */
export type Resolve = (host: string) => Promise<readonly HostAddress[]>;

/** Where a URL leads, checked. Nothing else may be dialled for it. */
export interface Destination {
  /** At least one. */
  readonly addresses: readonly HostAddress[];
}

/** The resolver of the machine. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address, family }) => ({
    address,
    family: family === 6 ? 6 : 4,
  }));

/**
 * Judges a URL and resolves its host, once: whoever dials afterwards dials these addresses, since a name may lead
 * elsewhere the next time. Of several addresses those that are refused are left out.
 *
 * @throws EgressError unless the policy allows the URL and at least one of its addresses
 */
export async function checkDestination(
  url: URL,
  policy: EgressPolicy,
  resolve: Resolve = systemResolve,
): Promise<Destination> {
  if (url.protocol !== "https:" && !(policy.plainHttp && url.protocol === "http:")) {
    throw new EgressError("protocol_refused", `${url.protocol.slice(0, -1)} is not allowed here`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new EgressError("credentials_in_url", "a URL must not hold credentials");
  }
  const listed = policy.hosts?.includes(url.host.toLowerCase());
  if (listed === false) {
    throw new EgressError("host_not_listed", `host ${url.host} is not allowed here; ${policy.remedy}`);
  }
  // The parser has turned 0x7f.1, 2130706433 and their like into plain addresses.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const version = isIP(host);
  if (version === 0) return { addresses: await allowedAddresses(host, url, policy, resolve) };
  const addresses = [{ address: host, family: version === 6 ? 6 : 4 }] as const;
  if (listed !== true) dialable(addresses, url, policy);
  return { addresses };
}

async function allowedAddresses(
  host: string,
  url: URL,
  policy: EgressPolicy,
  resolve: Resolve,
): Promise<readonly HostAddress[]> {
  let all: readonly HostAddress[];
  try {
    // Some resolvers know these names without the dot of the root alone; others keep it, since it ends the search.
    all = await resolve(host.replace(/(^|\.)localhost\.$/, "$1localhost"));
  } catch (error) {
    const why = error instanceof Error ? error.message : "no answer";
    throw new EgressError("host_unknown", `host ${url.host} cannot be resolved: ${why}`, { cause: error });
  }
  return dialable(all, url, policy);
}

/** Those that may be dialled. @throws EgressError when none may. */
function dialable(all: readonly HostAddress[], url: URL, policy: EgressPolicy): readonly HostAddress[] {
  const judged = all.map((one) => ({ one, range: rangeOf(one.address, policy) }));
  const allowed = judged.filter(({ range }) => range === undefined).map(({ one }) => one);
  if (allowed.length > 0) return allowed;
  const [first] = judged;
  if (first === undefined) throw new EgressError("host_unknown", `host ${url.host} has no address`);
  throw new EgressError(
    "address_refused",
    `host ${url.host} leads to a private address: ${first.one.address} (${first.range}) is not allowed here; ${policy.remedy}`,
  );
}

function rangeOf(address: string, { privateAddresses }: EgressPolicy): string | undefined {
  return privateAddresses.includes(address) ? undefined : refusedRange(address);
}
