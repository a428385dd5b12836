import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { renderFields } from "../../output/fields.ts";
import { listView, recordView } from "../../output/view.ts";
import { EXPLANATIONS } from "./explanations.ts";

/** `rat explain [code]`: the text of the reference pages, without a network. */
export async function explain(context: CommandContext): Promise<ExitCode> {
  const [asked] = context.args;
  if (asked === undefined) {
    const columns = [
      { title: "CODE", value: (item: (typeof EXPLANATIONS)[number]) => item.code },
      { title: "KIND", value: (item: (typeof EXPLANATIONS)[number]) => item.kind },
      { title: "MEANING", value: (item: (typeof EXPLANATIONS)[number]) => item.title },
    ];
    await context.show(listView(EXPLANATIONS, { columns, name: (item) => item.code, empty: "" }));
    return 0;
  }
  const wanted = asked.toLowerCase();
  if (wanted === "scopes") return (await import("../access/scopes.ts")).accessScopes(context);
  const found = EXPLANATIONS.find((item) => item.code === wanted);
  if (found === undefined) {
    const near = EXPLANATIONS.filter(({ code }) => code.includes(wanted) || wanted.includes(code));
    const steps = near.map(({ code }) => `rat explain ${code}`);
    throw new CliError("nothing_known", `"${asked}" is no error code, slot state, exit code or scope`, {
      steps,
    });
  }
  await context.show(
    recordView(
      { ...found },
      {
        name: found.code,
        text: (paint) => [
          `${paint(found.code, "strong")}  (${found.kind})`,
          ...renderFields(
            [
              { label: "Meaning", value: found.title },
              ...found.try.map((value, index) => ({ label: index === 0 ? "Try" : "", value })),
            ],
            paint,
          ),
        ],
      },
    ),
  );
  return 0;
}
