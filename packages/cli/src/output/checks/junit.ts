import { printable } from "../printable.ts";
import type { Finding } from "./finding.ts";

/** The findings as a JUnit report; a warning is a passed case with its text as output. */
export function junit(findings: readonly Finding[]): string {
  const failures = findings.filter(({ result }) => result === "fail").length;
  const counts = `tests="${findings.length}" failures="${failures}" errors="0" skipped="0"`;
  return `${[
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="rat doctor" ${counts}>`,
    `  <testsuite name="rat doctor" ${counts}>`,
    ...findings.flatMap(testCase),
    "  </testsuite>",
    "</testsuites>",
  ].join("\n")}\n`;
}

function testCase(finding: Finding): readonly string[] {
  const open = `    <testcase classname="doctor.${escape(finding.group)}" name="${escape(finding.name)}"`;
  const text = escape([finding.message, ...finding.try.map((step) => `try: ${step}`)].join("; "));
  switch (finding.result) {
    case "pass":
      return [`${open}/>`];
    case "warn":
      return [`${open}>`, `      <system-out>${text}</system-out>`, "    </testcase>"];
    case "fail":
      return [
        `${open}>`,
        `      <failure message="${escape(finding.message)}">${text}</failure>`,
        "    </testcase>",
      ];
  }
}

function escape(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
