import { expect, test } from "vitest";
import { ansiPaint, choosePaint, noPaint } from "./style.ts";

test.each([
  ["a terminal", {}, false, true, ansiPaint],
  ["a pipe", {}, false, false, noPaint],
  ["a dumb terminal", { TERM: "dumb" }, false, true, noPaint],
  ["NO_COLOR", { NO_COLOR: "1", CLICOLOR_FORCE: "1" }, false, true, noPaint],
  ["an empty NO_COLOR", { NO_COLOR: "" }, false, true, ansiPaint],
  ["CLICOLOR_FORCE on a pipe", { CLICOLOR_FORCE: "1" }, false, false, ansiPaint],
  ["CLICOLOR_FORCE=0 on a pipe", { CLICOLOR_FORCE: "0" }, false, false, noPaint],
  ["--no-color", { CLICOLOR_FORCE: "1" }, true, true, noPaint],
])("colours with %s", (_, env, noColor, isTerminal, paint) => {
  expect(choosePaint({ env, noColor, isTerminal })).toBe(paint);
});
