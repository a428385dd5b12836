import { expect, test } from "vitest";
import { countCases, type CaseResult } from "../conformance-result.ts";
import { junitReport } from "./junit.ts";

const common = { level: "slot", wire: "json", durationMs: 1500 } as const;

test("writes failures and skips so that XML readers take them", () => {
  const violation = { sent: "<a>", expected: 'a "b"', got: "c & d \u0000", replay: "curl" };
  const cases: CaseResult[] = [
    { ...common, name: "auth/good", status: "pass", reason: "" },
    { ...common, name: "auth/bad", status: "fail", reason: 'expected a "b"', violation },
    { ...common, name: "auth/later", status: "skip", reason: "no <token>" },
  ];
  const base = { slot: "auth", address: "http://h:1", reachable: true, passed: false } as const;
  const xml = junitReport({ ...base, counts: countCases(cases), cases });
  expect(xml).toContain('tests="3" failures="1" skipped="1" errors="0" time="4.500"');
  expect(xml).toContain('<failure message="expected a &quot;b&quot;">');
  expect(xml).toContain("c &amp; d \ufffd");
  expect(xml).toContain('<skipped message="skip: no &lt;token&gt;"/>');
  expect(xml.match(/[\u0000-\u0008]/)).toBeNull();
});
