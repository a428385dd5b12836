import type { Terminal } from "../input/terminal.ts";
import { CliError } from "../output/cli-error.ts";

/** The secret in a file, or on stdin for `-`. Errors do not quote the path: people pass the secret itself by mistake. */
export async function readSecret(option: string, path: string, terminal: Terminal): Promise<string> {
  let text: string;
  try {
    text = await terminal.read(path);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    const steps = [`give a file, or - for stdin, never the secret itself: ${option} FILE`];
    throw new CliError("bad_usage", `${option} cannot be read${code}`, { steps });
  }
  const secret = secretOf(option, text);
  if (secret === undefined) throw new CliError("bad_usage", `${option} names something empty`);
  return secret;
}

/** `text` as a secret without the blanks around it; undefined when there is none. */
export function secretOf(source: string, text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  if (trimmed === undefined || trimmed === "") return undefined;
  if (/^[\u0021-\u007E]+$/u.test(trimmed)) return trimmed;
  const what = "characters that no token and no key has, such as a line break";
  throw new CliError("bad_usage", `the secret of ${source} holds ${what}`);
}
