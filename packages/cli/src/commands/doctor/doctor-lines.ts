import type { Finding } from "../../output/checks/finding.ts";
import { counted } from "../../output/counted.ts";
import { printable } from "../../output/printable.ts";
import type { Paint, Tone } from "../../output/style.ts";
import { pad, width } from "../../output/table.ts";

const MARKS: Readonly<Record<Finding["result"], readonly [sign: string, tone: Tone]>> = {
  pass: ["✓", "good"],
  warn: ["!", "warning"],
  fail: ["✗", "bad"],
};

/** How many checks came out how. */
export function tally(findings: readonly Finding[]): { failed: number; warnings: number; passed: number } {
  const count = (result: Finding["result"]): number =>
    findings.filter((finding) => finding.result === result).length;
  return { failed: count("fail"), warnings: count("warn"), passed: count("pass") };
}

/** The findings for people: group, mark, message, and what to try. */
export function doctorLines(findings: readonly Finding[], paint: Paint): readonly string[] {
  const size = Math.max(...findings.map(({ group }) => width(group)));
  const lines = findings.flatMap((finding, index) => {
    const [sign, tone] = MARKS[finding.result];
    const group = findings[index - 1]?.group === finding.group ? "" : finding.group;
    return [
      `${pad(group, size)}  ${paint(sign, tone)} ${printable(finding.message)}`,
      ...finding.try.map((step) => `${" ".repeat(size)}      try: ${printable(step)}`),
    ];
  });
  const { failed, warnings, passed } = tally(findings);
  return [...lines, `${failed} failed, ${counted(warnings, "warning")}, ${passed} passed`];
}
