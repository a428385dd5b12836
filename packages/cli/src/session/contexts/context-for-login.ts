import { createClient } from "@rat/client";
import { CliError } from "../../output/cli-error.ts";
import { sameAddress } from "../same-address.ts";
import { isContextName, type SavedContexts } from "./saved-contexts.ts";

const DEFAULT_ADDRESS = "http://127.0.0.1:8080";

/** Which context a sign-in is kept in: the one named, the one in use, or one named after the host. */
export function contextForLogin(
  saved: SavedContexts,
  { context, address }: { readonly context: string | undefined; readonly address: string | undefined },
): { readonly name: string; readonly address: string } {
  const { contexts, current } = saved;
  if (context !== undefined) {
    const named = contexts.get(context);
    if (named !== undefined) {
      if (address === undefined || sameAddress(address, named.address))
        return { name: context, address: named.address };
      const steps = [
        "leave --addr and RAT_ADDR away, or choose another name",
        `rat context remove ${context}`,
      ];
      throw new CliError(
        "context_exists",
        `the context ${context} is of ${named.address}, not of ${address}`,
        { steps },
      );
    }
    if (address !== undefined && isContextName(context)) return { name: context, address };
    const steps = [`rat login --context ${context} --addr URL`];
    throw new CliError("context_unknown", `there is no context "${context}"`, { steps });
  }
  const used = current === undefined ? undefined : contexts.get(current);
  if (
    current !== undefined &&
    used !== undefined &&
    (address === undefined || sameAddress(address, used.address))
  ) {
    return { name: current, address: used.address };
  }
  const wanted = address ?? DEFAULT_ADDRESS;
  return { name: nameFor(wanted, saved), address: wanted };
}

/** The context that has this address, or a new name made of its host, and of its port where the host is taken. */
function nameFor(address: string, { contexts }: SavedContexts): string {
  const present = [...contexts].find(([, { address: other }]) => sameAddress(address, other));
  if (present !== undefined) return present[0];
  const { hostname, host } = new URL(parse(address));
  const names = [hostname, host].map((text) =>
    text
      .replaceAll(/[^A-Za-z0-9._-]+/gu, "-")
      .replace(/^[^A-Za-z0-9]+/u, "")
      .slice(0, 60),
  );
  const free = [...names, ...Array.from({ length: 98 }, (_, n) => `${names[1] ?? ""}-${n + 2}`)];
  return free.find((name) => isContextName(name) && !contexts.has(name)) ?? "ratd";
}

function parse(address: string): string {
  try {
    return createClient({ address }).address;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CliError("bad_usage", cause.message, { cause });
  }
}
