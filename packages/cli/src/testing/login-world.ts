import { CONTEXTS_FILE } from "./fake-contexts.ts";
import { TOKENS, startFakeProvider, type FakeProvider } from "./fake-provider.ts";
import { startFakeRatd, type FakeRatd } from "./fake-ratd.ts";
import { FakeTerminal, rat, type RunResult } from "./fake-terminal.ts";
import { troubledState } from "./sample-state.ts";

/** A ratd with a provider, and a user who has nothing yet. */
export interface LoginWorld extends AsyncDisposable {
  readonly provider: FakeProvider;
  readonly ratd: FakeRatd;
  readonly terminal: FakeTerminal;
  /** Runs a command line; the address is given by the context or by the words. */
  rat(...words: readonly string[]): Promise<RunResult>;
  /** The file of contexts. */
  file(): string;
}

/** Opens such a world. */
export async function openLogin(): Promise<LoginWorld> {
  const stack = new AsyncDisposableStack();
  const provider = stack.use(await startFakeProvider());
  const ratd = stack.use(await startFakeRatd(troubledState()));
  const { access } = ratd.state;
  const openid = { issuer: provider.issuer, client_id: "rat-cli", scopes: ["openid"], resource: "urn:rat" };
  access.login = { auth_slot: "active", openid };
  access.me = { ...access.me, user_id: "alice", email: "alice@example.com", roles: ["admin"] };
  access.accepted = new Set([`${TOKENS.access}-1`]);
  const terminal = new FakeTerminal();
  return {
    provider,
    ratd,
    terminal,
    async rat(...words) {
      terminal.stdout = "";
      terminal.stderr = "";
      return rat(words, "", terminal);
    },
    file: () => terminal.privateFiles.files.get(CONTEXTS_FILE) ?? "",
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A world with alice signed in, whose token works for 5 minutes. */
export async function signedIn(): Promise<LoginWorld> {
  const world = await openLogin();
  await world.rat("login", "--addr", world.ratd.address);
  return world;
}

/** How often the provider was asked for tokens. */
export const polls = ({ provider }: LoginWorld): number =>
  provider.seen.filter((line) => line.startsWith("/token")).length;

/** What must stand in no output. */
export const canaries = (world: LoginWorld): readonly string[] => [
  ...Object.values(TOKENS),
  "canary-description",
  ...(world
    .file()
    .match(/access_token: (\S+)/u)
    ?.slice(1) ?? []),
];
