import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { SCOPE_LIST } from "./scope-list.ts";

/** `rat access scopes`: without a network. */
export async function accessScopes(context: CommandContext): Promise<ExitCode> {
  const columns = [
    { title: "SCOPE", value: ({ scope }: (typeof SCOPE_LIST)[number]) => scope },
    { title: "KIND", value: ({ kind }: (typeof SCOPE_LIST)[number]) => kind },
    { title: "LETS YOU", value: ({ meaning }: (typeof SCOPE_LIST)[number]) => meaning },
  ];
  await context.show(listView(SCOPE_LIST, { columns, name: ({ scope }) => scope, empty: "" }));
  context.say(
    "Everybody who is signed in holds the scopes of the data; those of operators come by key or role.",
  );
  return 0;
}
