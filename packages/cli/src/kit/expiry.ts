import { parseDuration } from "../input/duration.ts";
import { textFlag } from "../input/flags.ts";
import { CliError } from "../output/cli-error.ts";
import type { CommandContext } from "./command-spec.ts";

/** The end that --expires names, RFC 3339: a span from now such as `30d`, or a time. */
export function expiryFlag({ flags, terminal }: CommandContext): string | undefined {
  const text = textFlag(flags, "expires");
  if (text === undefined) return undefined;
  const span = parseDuration(text);
  const time =
    span === undefined && /^\d{4}-\d\d-\d\dT/u.test(text) ? Date.parse(text) : terminal.now() + (span ?? NaN);
  if (Number.isNaN(time)) {
    throw new CliError(
      "bad_usage",
      `--expires ${text} is neither a span such as 12h or 30d, nor a time as RFC 3339`,
    );
  }
  if (time <= terminal.now()) throw new CliError("bad_usage", `--expires ${text} lies in the past`);
  return new Date(time).toISOString();
}
