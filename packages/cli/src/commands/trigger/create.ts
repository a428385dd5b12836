import { numberFlag, textFlag, type Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { parsePipelineRef, pipelineText } from "../pipeline/pipeline-ref.ts";
import { triggerView } from "./trigger-view.ts";

/** Which options say what about each kind of trigger: config key, then name of the option. */
const CONFIGS = {
  cron: { schedule: "schedule", time_zone: "timeZone", catch_up: "catchUp" },
  webhook: { verify: "verify" },
  upstream: { pipeline: "upstream" },
  event: { event: "event", object: "object", min_interval_seconds: "minInterval" },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

type Kind = keyof typeof CONFIGS;

/** `rat trigger create <pipeline> <kind>`. */
export async function triggerCreate(context: CommandContext): Promise<ExitCode> {
  const { args, flags } = context;
  const ref = parsePipelineRef(args[0] ?? "");
  const kind = parseKind(args[1] ?? "");
  const config = parseConfig(kind, flags);
  const client = await context.connect();
  const made = await client.triggers.create(ref, { kind, config, paused: flags["paused"] === true });
  await context.show(triggerView(made));
  if (made.token !== null || made.secret !== null) {
    context.say(
      `Keep token and secret: they are not shown again. Call: POST ${client.address}/api/v1/webhooks/${made.id}`,
    );
  }
  context.say(`Undo: rat trigger delete ${made.id}`);
  return 0;
}

function parseKind(text: string): Kind {
  if (Object.hasOwn(CONFIGS, text)) return text as Kind;
  throw new CliError("bad_usage", `"${text}" is no kind of trigger; use ${Object.keys(CONFIGS).join(", ")}`);
}

function parseConfig(kind: Kind, flags: Flags): Readonly<Record<string, unknown>> {
  const own: Readonly<Record<string, string>> = CONFIGS[kind];
  for (const [other, options] of Object.entries(CONFIGS)) {
    const stray = Object.values(options).find((name) => other !== kind && flags[name] !== undefined);
    if (stray !== undefined) {
      const option = stray.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
      throw new CliError("bad_usage", `--${option} belongs to triggers of kind ${other}, not ${kind}`);
    }
  }
  return Object.fromEntries(
    Object.entries(own).flatMap(([key, name]): readonly (readonly [string, unknown])[] => {
      const text = textFlag(flags, name);
      if (text === undefined) return [];
      if (key === "pipeline") return [[key, pipelineText(parsePipelineRef(text))]];
      if (key === "min_interval_seconds")
        return [[key, numberFlag(flags, name, { min: 0, max: 999_999_999 })]];
      return [[key, text]];
    }),
  );
}
