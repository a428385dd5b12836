import type { Client, Run } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { levelFilter } from "./log-line.ts";
import { runPipeline, runView } from "./run-view.ts";
import { outcomeOf, watchRun } from "./watch-run.ts";

/** Longest time of one request while --timeout is the limit of a wait. */
const REQUEST_MS = 30_000;

/** Refuses formats that lines without end do not fit into; called before anything is started. */
export function demandStreamFormat({ flags, settings }: CommandContext, command: string): void {
  const { format } = settings;
  if (flags["follow"] !== true || (format !== "json" && format !== "yaml" && format !== "name")) return;
  const steps = [`${command} --follow -o ndjson`, `${command} --wait -o ${format}`];
  throw new CliError("bad_usage", `output that is followed is no single ${format} document`, { steps });
}

/** A client whose requests are not cut by the --timeout of a wait. */
export function connectForWait({ connect }: CommandContext): Promise<Client> {
  return connect({ timeoutMs: REQUEST_MS });
}

/** What is to be done with a run that has been accepted: show it, wait for it, or follow its output. */
export async function afterStart(context: CommandContext, client: Client, run: Run): Promise<ExitCode> {
  const { flags, settings } = context;
  const follow = flags["follow"] === true;
  if (!follow && flags["wait"] !== true) {
    await context.show(runView(run));
    if (settings.format === "table") context.say(`Follow it with: rat run logs ${run.id} -f`);
    return 0;
  }
  context.say(`Run ${run.id} of ${runPipeline(run)} version ${run.version}`);
  const ended = await watchRun(context, client, run.id, follow ? { lines: levelFilter(undefined) } : {});
  if (!follow && settings.format !== "table") await context.show(runView(ended));
  return outcomeOf(context, ended);
}
