import { expect, test } from "vitest";
import type { EndedState } from "./engine.ts";
import { outcomeOf, type EndCircumstances } from "./outcome.ts";

const state: EndedState = {
  exitCode: 0,
  outOfMemory: false,
  error: "",
  startedAt: new Date("2026-01-01T00:00:00.5Z"),
  finishedAt: new Date("2026-01-01T00:00:02.000000001Z"),
};
const calm: EndCircumstances = { stopping: undefined, deadline: undefined, memoryMb: 256 };
const end = (given: Partial<EndedState>, around: Partial<EndCircumstances> = {}) => {
  const { status, error, exitCode } = outcomeOf({ ...state, ...given }, { ...calm, ...around });
  return [status, error, exitCode];
};

test("tells how a run ended", () => {
  expect(outcomeOf(state, calm)).toEqual({ status: "success", error: "", exitCode: 0, durationMs: 1500 });
  expect(end({ exitCode: 3 })).toEqual(["failed", "exit code 3", 3]);
  expect(end({ exitCode: 139 })).toEqual(["failed", "exit code 139 (SIGSEGV)", 139]);
  expect(end({ exitCode: 128, error: "no such device" })).toEqual([
    "failed",
    "exit code 128: no such device",
    128,
  ]);
  expect(end({ exitCode: 137, outOfMemory: true })).toEqual(["failed", "killed: memory limit 256 MiB", 137]);
});

test("a program that survives the end of a child by memory has not failed", () => {
  expect(end({ outOfMemory: true })).toEqual(["success", "", 0]);
});

test("a stop by us decides, whatever the exit code", () => {
  expect(end({ exitCode: 143 }, { stopping: "cancelled" })).toEqual(["cancelled", "", 143]);
  expect(end({ exitCode: 0 }, { stopping: "cancelled" })).toEqual(["cancelled", "", 0]);
  expect(end({ exitCode: 137 }, { stopping: "deadline" })).toEqual(["failed", "the deadline passed", 137]);
});

test("a program that had ended before its deadline keeps its end, however late the executor looks", () => {
  const late = { stopping: "deadline", deadline: new Date("2026-01-01T00:00:03Z") } as const;
  expect(end({ exitCode: 0 }, late)).toEqual(["success", "", 0]);
  expect(end({ exitCode: 3 }, late)).toEqual(["failed", "exit code 3", 3]);
  expect(end({ exitCode: 143 }, late)).toEqual(["failed", "the deadline passed", 143]);
});

test("an executor that forgot why it stopped a run sees it by the deadline", () => {
  const deadline = new Date("2026-01-01T00:00:01Z");
  expect(end({ exitCode: 143 }, { deadline })).toEqual(["failed", "the deadline passed", 143]);
  expect(end({ exitCode: 1 }, { deadline })).toEqual(["failed", "exit code 1", 1]);
  expect(end({ exitCode: 0 }, { deadline })).toEqual(["success", "", 0]);
});
