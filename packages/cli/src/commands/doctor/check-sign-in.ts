import { ApiError, type ApiKey, type Client } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import { failed, passed, warned, type Finding } from "../../output/checks/finding.ts";
import { signInSteps } from "../../output/sign-in-steps.ts";
import type { Target } from "../../session/target.ts";

/** A key that ends sooner is worth a word: time to rotate it in daylight. */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

/** Whether what the user is known by is of use, and for how long. Nothing while nobody is signed in. */
export async function checkSignIn(context: CommandContext, client: Client): Promise<readonly Finding[]> {
  const target = await context.target();
  if (target.credential === undefined) return [];
  const session = await checkSession(context, target);
  if (session.some(({ result }) => result === "fail")) return session;
  const source = target.source ?? "the command line";
  try {
    const me = await client.me();
    const known = passed("sign-in", "credential", `${source}: ${me.user_id} (${me.auth_mode})`);
    const key = me.key_id === null ? [] : await checkKey(client, me.key_id, context.terminal.now());
    return [known, ...session, ...key];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { problem } = error;
    if (problem.status === 401) {
      const steps = signInSteps(problem, { ...target, problem: undefined });
      return [failed("sign-in", "credential", `what ${source} holds is refused: ${problem.detail}`, steps)];
    }
    const message = `what ${source} holds could not be checked: ${problem.detail}`;
    return [warned("sign-in", "credential", message, ["rat whoami"])];
  }
}

/** The session as it is saved now: connecting has renewed it, if that can be done. */
async function checkSession(
  { contexts, terminal }: CommandContext,
  target: Target,
): Promise<readonly Finding[]> {
  if (target.credential?.kind !== "session" || target.context === undefined) return [];
  const login = [`rat login --context ${target.context}`];
  const saved = (await contexts.read()).contexts.get(target.context)?.credential;
  if (saved?.kind !== "session") return [];
  const { expires_at: end, refresh_token: refreshToken } = saved;
  if (end !== undefined && Date.parse(end) <= terminal.now()) {
    const message = `the session of ${target.context} ended at ${end} and could not be renewed`;
    return [failed("sign-in", "session", message, login)];
  }
  if (refreshToken !== undefined) return [passed("sign-in", "session", "the session is renewed by itself")];
  const message = `the session ${end === undefined ? "has no refresh token" : `ends at ${end} for good`}: nothing renews it`;
  return [
    warned("sign-in", "session", message, ["have the auth plugin ask for offline_access in login_scopes"]),
  ];
}

async function checkKey(client: Client, id: string, now: number): Promise<readonly Finding[]> {
  const key = await client.keys.get(id).catch((error: unknown) => {
    // A key without the scope keys:own may not look at itself.
    if (error instanceof ApiError) return undefined;
    throw error;
  });
  return key === undefined ? [] : [...checkEnd(key, now), ...checkBootstrap(key)];
}

function checkEnd({ id, expires_at: end }: ApiKey, now: number): readonly Finding[] {
  if (end === null) return [];
  const days = Math.floor((Date.parse(end) - now) / DAY_MS);
  if (days >= SOON_DAYS) return [passed("sign-in", "key end", `the API key works for ${days} more days`)];
  const message = `the API key ends at ${end}, in less than ${days + 1} days`;
  return [
    warned("sign-in", "key end", message, [`make its successor: rat access keys create, then revoke ${id}`]),
  ];
}

function checkBootstrap({ name, created_by: by, scopes }: ApiKey): readonly Finding[] {
  if (name !== "bootstrap" || by !== "ratd" || !scopes.includes("*")) return [];
  return [
    warned(
      "sign-in",
      "bootstrap key",
      "you work with the bootstrap key, which may do everything and never ends",
      [
        "make a key that may do less: rat access keys create --name NAME --scope SCOPE",
        "keep the bootstrap key for emergencies",
      ],
    ),
  ];
}
