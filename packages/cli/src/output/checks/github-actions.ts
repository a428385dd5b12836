import { printable } from "../printable.ts";
import type { Finding } from "./finding.ts";

const ANNOTATIONS = { pass: "notice", warn: "warning", fail: "error" } as const;

/** The findings as workflow commands, which GitHub shows as annotations. Passed checks are left out. */
export function githubActions(findings: readonly Finding[]): string {
  return findings
    .filter(({ result }) => result !== "pass")
    .map(({ group, name, result, message, try: steps }) => {
      const title = property(`rat ${group}: ${name}`);
      return `::${ANNOTATIONS[result]} title=${title}::${data([message, ...steps.map((step) => `try: ${step}`)].join("; "))}\n`;
    })
    .join("");
}

function data(text: string): string {
  return printable(text).replaceAll("%", "%25");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
