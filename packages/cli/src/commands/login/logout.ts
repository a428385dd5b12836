import type { CommandContext } from "../../kit/command-spec.ts";
import { confirm } from "../../kit/confirm.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";
import { withContext } from "../../session/contexts/saved-contexts.ts";
import { revokeSession } from "../../session/openid/revoke-session.ts";
import { unknownContext } from "../../session/target.ts";

/** `rat logout`: forgets at once, also when the provider cannot be told. */
export async function logout(context: CommandContext): Promise<ExitCode> {
  const { contexts: store, settings, terminal } = context;
  const { contexts, current } = await store.read();
  const name = settings.context ?? current;
  if (name === undefined) {
    throw new CliError("context_unknown", "no context is in use", { steps: ["rat logout --context NAME"] });
  }
  const saved = contexts.get(name);
  if (saved === undefined) throw unknownContext(name, [...contexts.keys()]);
  const had = saved.credential;
  if (had !== undefined) await confirm(context, `Sign out of ${name} (${saved.address})?`);
  // What another rat has renewed meanwhile is what must be revoked.
  let last = had;
  await store.update((before) => {
    const present = before.contexts.get(name);
    if (present?.credential === undefined) return before;
    last = present.credential;
    return withContext(before, name, { ...present, credential: undefined });
  });
  const left = last?.kind === "session" ? await revokeSession(last, terminal) : undefined;
  const revoked = last?.kind === "session" && left === undefined;
  const text = had === undefined ? `nobody was signed in to ${name}` : `signed out of ${name}`;
  await context.show(
    recordView({ context: name, signed_out: had !== undefined, revoked }, { name, text: () => [text] }),
  );
  if (left !== undefined) context.say(`The session was not ended at the provider: ${left}`);
  if (last?.kind === "api_key")
    context.say("The API key itself works on; `rat access keys revoke ID` ends it.");
  if (had !== undefined) context.say(`Undo: rat login --context ${name}`);
  for (const variable of ["RAT_TOKEN", "RAT_API_KEY"]) {
    if ((terminal.env[variable] ?? "") !== "") context.say(`${variable} is still set.`);
  }
  return 0;
}
