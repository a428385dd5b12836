import type { Settings } from "../input/settings.ts";
import type { Terminal } from "../input/terminal.ts";
import { CliError } from "../output/cli-error.ts";
import type { ContextStore } from "./contexts/context-store.ts";
import type { Credential } from "./contexts/credential.ts";
import type { SavedContext, SavedContexts } from "./contexts/saved-contexts.ts";
import { readSecret, secretOf } from "./read-secret.ts";
import { sameAddress } from "./same-address.ts";

/** The ratd of one command line, and what the user is known by there. */
export interface Target {
  readonly address: string;
  /** The context that has a part in it. */
  readonly context: string | undefined;
  readonly credential: Credential | undefined;
  /** What names the credential: an option, a variable, or a context. */
  readonly source: string | undefined;
}

const DEFAULT_ADDRESS = "http://127.0.0.1:8080";

/** Options go before the environment, that before the context. The credential of a context goes to no other address. */
export async function resolveTarget(
  { address, context, tokenFile }: Settings,
  terminal: Terminal,
  store: ContextStore,
): Promise<Target> {
  const given = await givenCredential(tokenFile, terminal);
  if (address !== undefined && given !== undefined && context === undefined) {
    return { address, context: undefined, ...given };
  }
  const found = findContext(await store.read(), context, address);
  if (found === undefined) {
    return {
      address: address ?? DEFAULT_ADDRESS,
      context: undefined,
      credential: undefined,
      source: undefined,
      ...given,
    };
  }
  const { name, saved } = found;
  const fits = address === undefined || sameAddress(address, saved.address);
  const own = fits && saved.credential !== undefined;
  return {
    address: address ?? saved.address,
    context: name,
    credential: own ? saved.credential : undefined,
    source: own ? `context ${name}` : undefined,
    ...given,
  };
}

/** The context of this name, else the one in use; with an address only one that is of that address. */
function findContext(
  { current, contexts }: SavedContexts,
  name: string | undefined,
  address: string | undefined,
): { readonly name: string; readonly saved: SavedContext } | undefined {
  if (name !== undefined) {
    const saved = contexts.get(name);
    if (saved === undefined) throw unknownContext(name, [...contexts.keys()]);
    return { name, saved };
  }
  const used = current === undefined ? undefined : contexts.get(current);
  const inUse = current === undefined || used === undefined ? undefined : { name: current, saved: used };
  if (address === undefined) return inUse;
  if (inUse !== undefined && sameAddress(inUse.saved.address, address)) return inUse;
  const fitting = [...contexts].filter(([, saved]) => sameAddress(saved.address, address));
  const [only] = fitting;
  return only === undefined || fitting.length > 1 ? undefined : { name: only[0], saved: only[1] };
}

/** The error for a context that is not there. */
export function unknownContext(name: string, known: readonly string[]): CliError {
  const steps = [
    known.length === 0 ? "there is none yet" : `there are: ${known.join(", ")}`,
    `rat context add ${name} --addr URL`,
  ];
  return new CliError("context_unknown", `there is no context "${name}"`, { steps });
}

/** The credential that the command line or the environment brings. */
async function givenCredential(
  tokenFile: string | undefined,
  terminal: Terminal,
): Promise<{ readonly credential: Credential; readonly source: string } | undefined> {
  if (tokenFile !== undefined) {
    const token = await readSecret("--token-file", tokenFile, terminal);
    return { credential: { kind: "token", token }, source: "--token-file" };
  }
  const token = secretOf("RAT_TOKEN", terminal.env["RAT_TOKEN"]);
  const key = secretOf("RAT_API_KEY", terminal.env["RAT_API_KEY"]);
  if (token !== undefined && key !== undefined) {
    throw new CliError("bad_usage", "RAT_TOKEN and RAT_API_KEY are both set; unset one of them");
  }
  if (token !== undefined) return { credential: { kind: "token", token }, source: "RAT_TOKEN" };
  if (key !== undefined) return { credential: { kind: "api_key", api_key: key }, source: "RAT_API_KEY" };
  return undefined;
}
