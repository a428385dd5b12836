import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** What a process of its own writes to stderr that logs one line and then ends in some way. */
function logged(end: string): string {
  const logger = import.meta.resolve("./logger.ts");
  const script = `import { createLogger } from ${JSON.stringify(logger)};
    createLogger("info").info({ token: { token: "secret" } }, "the last words");
    ${end}`;
  const options = { encoding: "utf8", timeout: 20_000 } as const;
  return spawnSync(process.execPath, ["--input-type=module", "-e", script], options).stderr;
}

test.each([
  ["by itself", ""],
  ["by process.exit", "process.exit(3)"],
  ["by an error that nobody catches", 'throw new Error("unexpected")'],
])("nothing is lost when the process ends %s", (_how, end) => {
  const line = logged(end)
    .split("\n")
    .find((one) => one.startsWith("{"));
  expect(JSON.parse(line ?? "{}")).toMatchObject({
    level: "info",
    msg: "the last words",
    token: { token: "***" },
  });
});
