import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";
import { namedSlots } from "../slots/slots-view.ts";
import { overall } from "./overall.ts";
import { nextCommands, statusLines } from "./status-lines.ts";

/** `rat status`: the summary once, or again and again with --watch. */
export async function status(context: CommandContext): Promise<ExitCode> {
  if (context.flags["watch"] === true) {
    const { watchStatus } = await import("./watch-status.ts");
    return watchStatus(context);
  }
  const client = await context.connect();
  const health = await client.health();
  const { word } = overall(health);
  const slots = namedSlots(health);
  const value = { address: client.address, state: word.toLowerCase(), ...health, slots };
  await context.show(
    recordView(
      { ...value, next: nextCommands(health) },
      {
        name: word.toLowerCase(),
        text: (paint, wide) =>
          statusLines({ health, address: client.address, now: context.terminal.now(), paint, wide }),
      },
    ),
  );
  return 0;
}
