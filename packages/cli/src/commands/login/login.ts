import type { Client, Me } from "@rat/client";
import { ApiError } from "@rat/client";
import { textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { connect } from "../../session/connect.ts";
import { contextForLogin } from "../../session/contexts/context-for-login.ts";
import type { Credential } from "../../session/contexts/credential.ts";
import { withContext } from "../../session/contexts/saved-contexts.ts";
import { signInAtProvider } from "../../session/openid/sign-in-at-provider.ts";
import { readSecret } from "../../session/read-secret.ts";
import { callerView } from "./caller-view.ts";

/** `rat login`: nothing is kept before ratd has taken it. */
export async function login(context: CommandContext): Promise<ExitCode> {
  const { contexts, settings, terminal } = context;
  const { name, address } = contextForLogin(await contexts.read(), settings);
  const given = await givenCredential(context);
  const as = (credential: Credential | undefined): Client =>
    connect({ address, credential, debug: settings.debug, timeoutMs: undefined }, terminal);
  const credential = given ?? (await signInAtProvider(as(undefined), settings.timeoutMs, terminal));
  const client = as(credential);
  const me = await verified(client, credential);

  let before: string | undefined;
  await contexts.update((saved) => {
    before = saved.current;
    return { ...withContext(saved, name, { address: client.address, credential }), current: name };
  });
  await context.show(callerView(me, { address: client.address, context: name, source: `context ${name}` }));
  context.say(`Kept in context ${name}, which is in use now. Undo: rat logout`);
  if (before !== undefined && before !== name)
    context.say(`Back to the other context: rat context use ${before}`);
  for (const variable of ["RAT_TOKEN", "RAT_API_KEY"]) {
    if ((terminal.env[variable] ?? "") !== "") context.say(`${variable} is set and goes before the context.`);
  }
  return 0;
}

async function givenCredential({
  flags,
  settings,
  terminal,
}: CommandContext): Promise<Credential | undefined> {
  const key = textFlag(flags, "apiKey");
  const token = textFlag(flags, "token");
  if ([key, token, settings.tokenFile].filter((file) => file !== undefined).length > 1) {
    throw new CliError("bad_usage", "--api-key, --token and --token-file exclude each other");
  }
  if (key !== undefined) return { kind: "api_key", api_key: await readSecret("--api-key", key, terminal) };
  if (token !== undefined) return { kind: "token", token: await readSecret("--token", token, terminal) };
  if (settings.tokenFile === undefined) return undefined;
  return { kind: "token", token: await readSecret("--token-file", settings.tokenFile, terminal) };
}

/** Who the credential makes one. An answer that ratd gives to everybody says nothing about it. */
async function verified(client: Client, credential: Credential): Promise<Me> {
  let me: Me;
  try {
    me = await client.me();
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.status !== 401) throw error;
    throw new CliError("login_failed", `ratd does not take it: ${error.problem.detail}`, {
      steps: STEPS[credential.kind],
    });
  }
  if (me.auth_mode === "plugin" || me.auth_mode === "api_key") return me;
  const why =
    me.auth_mode === "builtin"
      ? "this ratd has no auth plugin, so nobody looks at tokens: use an API key"
      : "the auth plugin is down, so nobody looks at tokens now";
  throw new CliError("login_not_offered", why, {
    steps: ["rat login --api-key FILE", "rat slots show auth"],
  });
}

const STEPS: Readonly<Record<Credential["kind"], readonly string[]>> = {
  api_key: ["check that the key is whole, of this ratd, and neither revoked nor at its end"],
  token: ["get a token that the auth plugin takes; `rat login` alone asks the provider for one"],
  session: [
    "the token of the provider is refused by the auth plugin: check its audience and login_resource",
    "the plugin says why in its log, at RAT_LOG_LEVEL=debug",
  ],
};
