import { type Client, UnexpectedAnswerError, UnreachableError } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import { failed, type Finding } from "../../output/checks/finding.ts";
import { githubActions } from "../../output/checks/github-actions.ts";
import { junit } from "../../output/checks/junit.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { VERSION } from "../../version.ts";
import { checkHealth, checkServer } from "./check-health.ts";
import { checkSignIn } from "./check-sign-in.ts";
import { doctorLines, tally } from "./doctor-lines.ts";

/** `rat doctor`: 1 when a check fails, 3 when there is no ratd to check, else 0. */
export async function doctor(context: CommandContext): Promise<ExitCode> {
  const { findings, reached } = await examine(context);
  await print(context, findings);
  if (!reached) return 3;
  return findings.some(({ result }) => result === "fail") ? 1 : 0;
}

async function examine(context: CommandContext): Promise<{ findings: readonly Finding[]; reached: boolean }> {
  const { terminal } = context;
  let client: Client;
  try {
    client = await context.connect();
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "contexts_unusable") throw error;
    return { findings: [failed("sign-in", "contexts", error.message, error.steps)], reached: true };
  }
  const started = terminal.now();
  try {
    const health = await client.health();
    const tookMs = terminal.now() - started;
    const facts = { health, address: client.address, tookMs, cliVersion: VERSION, now: terminal.now() };
    const signIn = await checkSignIn(context, client);
    return { findings: [...checkServer(facts), ...signIn, ...checkHealth(facts)], reached: true };
  } catch (error) {
    if (!(error instanceof UnreachableError || error instanceof UnexpectedAnswerError)) throw error;
    const steps = ["start ratd, or name its address with --addr or RAT_ADDR"];
    return { findings: [failed("ratd", "reachable", error.message, steps)], reached: false };
  }
}

async function print(context: CommandContext, findings: readonly Finding[]): Promise<void> {
  const { terminal, settings } = context;
  if (settings.format === "junit") return terminal.out(junit(findings));
  if (settings.format === "github-actions") return terminal.out(githubActions(findings));
  await context.show({
    document: { schema_version: 1, ...tally(findings), items: findings },
    lines: findings,
    names: findings.filter(({ result }) => result !== "pass").map(({ group, name }) => `${group}/${name}`),
    text: (paint) => doctorLines(findings, paint),
  });
}
