import { textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import { counted } from "../../output/counted.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { printable } from "../../output/printable.ts";
import type { Paint } from "../../output/style.ts";
import { listView } from "../../output/view.ts";
import { changeLines } from "./change-lines.ts";
import { readPipelineFile } from "./pipeline-file.ts";
import {
  appliedOf,
  applyPipeline,
  applyTriggers,
  planPipeline,
  type Applied,
  type Planned,
} from "./pipeline-plan.ts";

/** `rat pipeline apply -f FILE`: makes pipelines and triggers what a file says. */
export async function pipelineApply(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const file = textFlag(flags, "file");
  if (file === undefined) throw new CliError("bad_usage", "name the file: rat pipeline apply -f FILE");
  const options = { publish: flags["publish"] !== false, message: textFlag(flags, "message") };
  const dryRun = flags["dryRun"] === true;
  const wanted = await readPipelineFile(file, (path) => terminal.read(path));
  const client = await context.connect();
  // All of them before the first change: most mistakes are found while nothing has changed.
  const plans: Planned[] = [];
  for (const pipeline of wanted) plans.push(await planPipeline(client, pipeline, options));
  const webhooks: string[] = [];
  if (!dryRun) {
    for (const plan of plans) await applyPipeline(client, plan, options);
    for (const plan of plans) webhooks.push(...(await applyTriggers(client, plan)));
  }
  const applied = plans.map(appliedOf);
  await context.show({
    ...listView(applied, { columns: [], name: ({ pipeline }) => pipeline, empty: "" }),
    text: (paint, wide) => applied.flatMap((one) => lines(one, dryRun, wide, paint)),
  });
  for (const id of webhooks) context.say(`Token and secret of the new webhook: rat trigger rotate ${id}`);
  if (dryRun) context.say("Nothing was changed: --dry-run");
  return 0;
}

/** What a dry run says that it would do. */
const PLANS = { created: "create", updated: "update", published: "publish", unchanged: "unchanged" } as const;

function lines(applied: Applied, dryRun: boolean, wide: boolean, paint: Paint): readonly string[] {
  const { pipeline, action, version, published_version: published } = applied;
  const tone = action === "unchanged" ? "quiet" : "good";
  const facts = [
    `version ${version}`,
    published === version ? "" : published === null ? "not published" : `published ${published}`,
    count(applied.triggers_created, "trigger", dryRun ? "to create" : "created"),
    count(applied.triggers_changed, "trigger", dryRun ? "to change" : "changed"),
    count(applied.triggers_unchanged, "trigger", "unchanged"),
  ].filter((fact) => fact !== "");
  const diff = dryRun || wide ? changeLines(applied.changes, paint) : [];
  return [
    `${paint((dryRun ? PLANS[action] : action).padEnd(9), tone)}  ${printable(pipeline)}  ${facts.join(", ")}`,
    ...diff.map((line) => `  ${line}`),
  ];
}

function count(amount: number, what: string, how: string): string {
  return amount === 0 ? "" : `${counted(amount, what)} ${how}`;
}
