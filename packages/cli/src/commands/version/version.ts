import process from "node:process";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";
import { VERSION } from "../../version.ts";

/** `rat version`: offline; `rat doctor` compares it with that of ratd. */
export async function version(context: CommandContext): Promise<ExitCode> {
  const value = { version: VERSION, node: process.versions.node };
  await context.show(
    recordView(value, { name: VERSION, text: () => [`rat ${VERSION} (Node.js ${value.node})`] }),
  );
  return 0;
}
