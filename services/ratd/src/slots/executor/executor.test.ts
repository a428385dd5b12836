import { ExecutorService } from "@rat/contracts/executor";
import { expect, test } from "vitest";
import { LabExecutor } from "../../../../../tests/support/lab-executor.ts";
import { MemoryPlugin } from "../../../../../tests/support/memory-plugin.ts";
import { executorService, EXECUTOR_WELL } from "../../../../../tests/support/memory-executor.ts";
import {
  executorCases,
  executorSuite,
  runOrderCases,
} from "../../../../../tests/support/suites/executor-suite.ts";
import { broken, spoilt, type Implementation } from "../../../../../tests/support/suites/port-suite.ts";
import { builtinExecutor } from "./builtin-executor.ts";
import type { ExecutorPort } from "./executor.ts";
import { remoteExecutor } from "./remote-executor.ts";

const UNAVAILABLE = { refused: "executor_unavailable" } as const;

executorSuite("no plugin and no runner", {
  create: () => ({ port: builtinExecutor }),
  well: {
    submit: UNAVAILABLE,
    cancel: UNAVAILABLE,
    status: UNAVAILABLE,
    list: UNAVAILABLE,
    logs: UNAVAILABLE,
  },
});

const byPlugin: Implementation<ExecutorPort> = {
  create() {
    const plugin = new MemoryPlugin("executor", (router) => router.service(ExecutorService, executorService));
    return { port: remoteExecutor(plugin), plugin };
  },
  well: EXECUTOR_WELL,
};
const overLab = () => {
  const lab = new LabExecutor();
  const plugin = new MemoryPlugin("executor", (router) => router.service(ExecutorService, lab.service));
  return { port: remoteExecutor(plugin), lab };
};

executorSuite("a plugin", byPlugin, overLab);

test("the suite notices an executor that knows no repeated submit", async () => {
  const forgetful = spoilt(byPlugin, (port) => ({
    submit: (run, context) => port.submit(run, { ...context, requestId: "another" }),
  }));
  expect(await broken(executorCases(forgetful))).toEqual(["submit carries the request on to the plugin"]);
});

test("the suite notices an executor that has no regard for epochs", async () => {
  const careless = () => {
    const { port, lab } = overLab();
    const submit: ExecutorPort["submit"] = (run, context) => port.submit({ ...run, epoch: 5n }, context);
    return { port: { ...port, submit }, lab };
  };
  expect(await broken(runOrderCases(careless))).toEqual([
    "a lower epoch is a conflict, and changes nothing",
    "all runs are listed, with the places that there are",
  ]);
});
