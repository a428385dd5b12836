import { runConformance } from "@rat/conformance";
import { expect, onTestFinished, test } from "vitest";
import { RunnerProcess } from "../support/runner-process.ts";

test("the runner conforms to the executor contract", async () => {
  const runner = await RunnerProcess.start({ env: { RAT_RUNNER_PLACES: "32" } });
  onTestFinished(() => runner[Symbol.asyncDispose]());
  const result = await runConformance("executor", { address: runner.url });
  // It takes no configuration by ratd, so there is none to send.
  const others = result.cases.filter(({ status, name }) => status !== "pass" && name !== "health/configure");
  expect(others).toEqual([]);
  expect(new Set(result.cases.map(({ wire }) => wire))).toEqual(new Set(["json", "proto", "grpc"]));
});
