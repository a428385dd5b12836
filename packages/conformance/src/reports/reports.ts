import type { ConformanceResult } from "../conformance-result.ts";
import { junitReport } from "./junit.ts";

/** Formats that a run can be written in as a file. */
export const REPORTS: Readonly<Record<string, (result: ConformanceResult) => string>> = {
  junit: junitReport,
  json: (result) => `${JSON.stringify(result, null, 2)}\n`,
};
