import { numberFlag, textFlag, textFlags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { parsePipelineRef } from "../pipeline/pipeline-ref.ts";
import { afterStart, connectForWait, demandStreamFormat } from "./after-start.ts";

/** `rat run start <pipeline>`: starts a run, and with --follow or --wait stays until its end. */
export async function runStart(context: CommandContext): Promise<ExitCode> {
  const { args, flags } = context;
  const { namespace, layer, name } = parsePipelineRef(args[0] ?? "");
  demandStreamFormat(context, `rat run start ${args[0]}`);
  const version = numberFlag(flags, "version", { min: 1, max: 999_999_999 });
  const priority = numberFlag(flags, "priority", { min: -100, max: 100 });
  const env = parseEnv(textFlags(flags, "env"));
  const idempotencyKey = textFlag(flags, "idempotencyKey");
  const client = await connectForWait(context);
  const wanted = {
    namespace,
    layer,
    pipeline: name,
    ...(version === undefined ? {} : { version }),
    ...(priority === undefined ? {} : { priority }),
    ...(env === undefined ? {} : { env }),
  };
  const run = await client.runs.start(wanted, { idempotencyKey });
  return afterStart(context, client, run);
}

function parseEnv(pairs: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new CliError("bad_usage", `--env ${pair} is no NAME=value`);
    }),
  );
}
