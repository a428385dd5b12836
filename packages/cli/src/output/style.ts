/** What a piece of text says about the state of things. */
export type Tone = "good" | "warning" | "bad" | "quiet" | "plain" | "strong";

/** Colours text by its tone, or leaves it alone. */
export type Paint = (text: string, tone: Tone) => string;

const SGR: Readonly<Record<Tone, string>> = {
  good: "32",
  warning: "33",
  bad: "31",
  quiet: "2",
  plain: "",
  strong: "1",
};

/** Leaves every text as it is. */
export const noPaint: Paint = (text) => text;

/** Colours with the 16 basic colours, which follow the user's theme. */
export const ansiPaint: Paint = (text, tone) =>
  SGR[tone] === "" || text === "" ? text : `\u001B[${SGR[tone]}m${text}\u001B[0m`;

/** Whether to colour: --no-color and NO_COLOR win over CLICOLOR_FORCE, that over what stdout is. */
export function choosePaint(facts: {
  readonly noColor: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}): Paint {
  const { env } = facts;
  if (facts.noColor || (env["NO_COLOR"] ?? "") !== "") return noPaint;
  if (!["", "0"].includes(env["CLICOLOR_FORCE"] ?? "")) return ansiPaint;
  return facts.isTerminal && env["TERM"] !== "dumb" ? ansiPaint : noPaint;
}
