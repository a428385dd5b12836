import { globSync } from "node:fs";
import { expect, it } from "vitest";
import { importsOf, ROOT, violationOf } from "./arrows.ts";

const files = globSync(["{packages,services}/*/{src,examples}/**/*.ts", "examples/**/*.ts"], {
  cwd: ROOT,
}).filter((file) => !file.includes("/src/gen/"));

it("looks at every source file", () => {
  expect(files.length).toBeGreaterThan(150);
  expect(files.flatMap((file) => importsOf(file)).length).toBeGreaterThan(500);
});

it("finds no import against the arrows", () => {
  expect(
    files.flatMap((file) => importsOf(file).map(violationOf)).filter((found) => found !== undefined),
  ).toEqual([]);
});

it.each([
  ["packages/plugin-sdk/src/x.ts", 'import { run } from "@rat/ratd";'],
  ["packages/client/src/x.ts", 'export * from "@rat/contracts/auth";'],
  ["packages/contracts/src/x.ts", 'import "../../plugin-sdk/src/index.ts";'],
  ["services/ratd/src/platform/x.ts", 'import { Slots } from "../slots/slots.ts";'],
  ["services/ratd/src/slots/auth/noop-auth.ts", 'import { AuthService } from "@rat/contracts/auth";'],
  ["services/ratd/src/health/x.ts", 'await import("../http/app.ts");'],
])("catches a planted violation in %s", (file, source) => {
  expect(importsOf(file, source).map(violationOf)).toEqual([expect.stringContaining(file)]);
});
