import { textFlag, textFlags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { printable } from "../../output/printable.ts";
import { recordView } from "../../output/view.ts";
import { explanationTree } from "./explanation-tree.ts";

/** `rat access check <action> <type> <id>`: 1 when it is denied. */
export async function accessCheck(context: CommandContext): Promise<ExitCode> {
  const { args, flags } = context;
  const [action = "", type = "", id = ""] = args;
  const question = { action, resource_type: type, resource_id: id };
  const user = textFlag(flags, "user");
  const roles = textFlags(flags, "role");
  if (user === undefined && roles.length > 0) {
    throw new CliError("bad_usage", "--role belongs to --user: your own roles are known");
  }
  const client = await context.connect();
  if (user === undefined) {
    const decision = await client.access.check(question);
    const { allowed, reason } = decision;
    const text = (allowed ? "✓ allowed" : "✗ denied") + (reason === "" ? "" : `  ${printable(reason)}`);
    await context.show(
      recordView(
        { ...question, ...decision },
        { name: allowed ? "allowed" : "denied", text: (paint) => [paint(text, allowed ? "good" : "bad")] },
      ),
    );
    return allowed ? 0 : 1;
  }
  const explanation = await client.access.explain({ user_id: user, roles, ...question });
  await context.show(
    recordView(
      { user_id: user, roles, ...question, ...explanation },
      {
        name: explanation.allowed ? "allowed" : "denied",
        text: (paint) => explanationTree(explanation, question, paint),
      },
    ),
  );
  return explanation.allowed ? 0 : 1;
}
