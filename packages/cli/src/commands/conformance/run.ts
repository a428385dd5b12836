import {
  formatCase,
  formatSummary,
  junitReport,
  runConformance,
  suites,
  type CaseResult,
  type ConformanceResult,
  type ConformanceSlot,
} from "@rat/conformance";
import type { CommandContext } from "../../kit/command-spec.ts";
import { failed, type Finding } from "../../output/checks/finding.ts";
import { githubActions } from "../../output/checks/github-actions.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";

const DEFAULT_CALL_MS = 5_000;

/** `rat conformance run <slot> <address>`: the suite of a slot against a plugin that runs somewhere. */
export async function conformanceRun(context: CommandContext): Promise<ExitCode> {
  const { args, settings, terminal } = context;
  const slot = parseSlot(args[0] ?? "");
  const address = args[1] ?? "";
  if (!URL.canParse(/^https?:\/\//u.test(address) ? address : `http://${address}`)) {
    throw new CliError("bad_usage", `"${address}" is no address of a plugin; write it as host:port`);
  }
  const result = await runConformance(slot, { address, timeoutMs: settings.timeoutMs ?? DEFAULT_CALL_MS });
  if (settings.format === "junit") terminal.out(junitReport(result));
  else if (settings.format === "github-actions") terminal.out(githubActions(findings(result)));
  else {
    const lines = [...result.cases.map(formatCase), formatSummary(result)].flatMap((text) =>
      text.split("\n"),
    );
    await context.show(
      recordView({ ...result }, { name: result.passed ? "passed" : "failed", text: () => lines }),
    );
  }
  if (!result.reachable) return 3;
  return result.passed ? 0 : 1;
}

function findings(result: ConformanceResult): readonly Finding[] {
  return result.cases.filter(({ status }) => status === "fail").map(finding);
}

function finding({ name, wire, reason }: CaseResult): Finding {
  return failed("conformance", `${name} (${wire})`, reason, []);
}

function parseSlot(slot: string): ConformanceSlot {
  if (Object.hasOwn(suites, slot)) return slot as ConformanceSlot;
  throw new CliError("bad_usage", `there is no suite for "${slot}"; use ${Object.keys(suites).join(", ")}`);
}
