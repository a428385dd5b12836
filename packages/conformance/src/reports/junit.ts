import type { CaseResult, ConformanceResult } from "../conformance-result.ts";
import { formatCase } from "./text.ts";

/** A run as JUnit XML, for CI. */
export function junitReport(result: ConformanceResult): string {
  const { cases, counts, slot } = result;
  const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);
  const total = cases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const skipped = counts.skip + counts.not_applicable + counts.known_fail;
  const attributes = `tests="${cases.length}" failures="${counts.fail}" skipped="${skipped}" errors="${result.reachable ? 0 : 1}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="rat-conformance.${slot}" ${attributes} time="${seconds(total)}">`,
    ...cases.map(
      (one) =>
        `  <testcase classname="${slot}.${one.wire}" name="${escape(one.name)}" time="${seconds(one.durationMs)}">${outcome(one)}</testcase>`,
    ),
    ...(result.reachable ? [] : ["  <system-err>the plugin cannot be reached</system-err>"]),
    "</testsuite>",
    "",
  ].join("\n");
}

function outcome(one: CaseResult): string {
  if (one.status === "pass") return "";
  if (one.status === "fail")
    return `<failure message="${escape(one.reason)}">${escape(formatCase(one))}</failure>`;
  return `<skipped message="${escape(`${one.status}: ${one.reason}`)}"/>`;
}

function escape(text: string): string {
  // XML 1.0 has no place for most control characters, not even escaped.
  const legal = text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd");
  return legal
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
