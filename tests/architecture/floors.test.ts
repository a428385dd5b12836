import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { circlesOf } from "./circles.ts";
import { FLOORS } from "./floors.ts";
import { misplacement, violationOf } from "./rules.ts";
import { functionsOf, linesOf, MOST_LINES, oversized } from "./sizes.ts";
import { importsOf, ROOT, sourceFiles } from "./source-files.ts";

const files = sourceFiles();
const imports = files.flatMap(importsOf);
/** Say `import.meta.dirname` or `fileURLToPath` instead. */
const PATH_OF_URL = /new URL\([^;]*?import\.meta\.url\)\.pathname/;
const found = (wrong: string | undefined): wrong is string => wrong !== undefined;

describe("the house", () => {
  it("is looked at as a whole", () => {
    expect(files.length).toBeGreaterThan(400);
    expect(imports.length).toBeGreaterThan(1500);
  });

  it("has every file in a room that stands on a floor", () => {
    expect(files.map(({ path }) => misplacement(path)).filter(found)).toEqual([]);
  });

  it("has imports that point to lower floors only, through the doors that are named", () => {
    expect(imports.map(violationOf).filter(found)).toEqual([]);
  });

  it("has no circle of imports", () => {
    expect(circlesOf(imports)).toEqual([]);
  });

  it("has no file and no function beyond its budget", () => {
    expect(files.flatMap((file) => oversized(file))).toEqual([]);
  });

  it("makes no path of the path of a URL, which spells a space as %20", () => {
    const all = globSync("{packages,services,tests,infra,examples}/**/*.{ts,mjs}", { cwd: ROOT }).filter(
      (path) => !path.includes("node_modules"),
    );
    expect(all.length).toBeGreaterThan(600);
    expect(all.filter((path) => PATH_OF_URL.test(readFileSync(join(ROOT, path), "utf8")))).toEqual([]);
    const planted = ["new URL('x.ts', import.meta.url)", "pathname"].join(".");
    expect(planted).toMatch(PATH_OF_URL);
  });

  it("stands in docs/architecture.md floor by floor", () => {
    const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
    const rows = [...page.matchAll(/^\| (\d+) +\| (`[^|]+`) +\|/gm)].map(([, floor, rooms = ""]) => [
      Number(floor),
      [...rooms.matchAll(/`([^`/]+)\/?`/g)].map(([, room]) => room),
    ]);
    expect(rows).toEqual(FLOORS.map((rooms, index) => [index + 1, rooms]));
  });
});

/** A file of ratd with one import. */
const planted = (path: string, specifier: string) => ({
  path: `services/ratd/src/${path}`,
  text: `import { x } from "${specifier}";`,
});

describe("a planted import", () => {
  it.each([
    ["access/x.ts", "../http/app.ts"],
    ["platform/x.ts", "../runs/run.ts"],
    ["platform/x.ts", "../config/config.ts"],
    ["slots/auth/remote-auth.ts", "../../runs/run.ts"],
    ["config/x.ts", "../slots/slots.ts"],
    ["health/x.ts", "../plugins/plugin-store.ts"],
    ["health/x.ts", "../slots/slots.ts"],
    ["slots/x.ts", "../plugins/plugin.ts"],
    ["plugins/x.ts", "../audit/audit.ts"],
    ["audit/x.ts", "../triggers/triggers.ts"],
    ["credentials/x.ts", "../pipelines/pipeline.ts"],
    ["pipelines/x.ts", "../warm-pool/warm-pool.ts"],
    ["runs/x.ts", "../triggers/triggers.ts"],
    ["triggers/x.ts", "../http/app.ts"],
    ["internal/x.ts", "../http/http-server.ts"],
    ["http/x.ts", "../internal/internal-server.ts"],
    ["http/x.ts", "../ratd.ts"],
    ["errors.ts", "./platform/clock.ts"],
    ["attic/x.ts", "../http/app.ts"],
    ["http/x.ts", "../attic/x.ts"],
  ])("against the floors is found: %s -> %s", (path, specifier) => {
    expect(importsOf(planted(path, specifier)).map(violationOf)).toEqual([
      expect.stringMatching(/must not import .*(only lower floors|stands on no floor)|stands on no floor/),
    ]);
  });

  it.each([
    ["http/runs/x.ts", "@connectrpc/connect", "the RPC library"],
    ["http/x.ts", "@rat/contracts/auth", "generated code"],
    ["slots/auth/noop-auth.ts", "@rat/contracts/auth", "generated code"],
    ["slots/slots.ts", "@bufbuild/protobuf", "generated code"],
    ["http/runs/x.ts", "pg", "PostgreSQL"],
    ["audit/x.ts", "pg", "PostgreSQL"],
    ["http/x.ts", "../platform/database/database.ts", "a route calls a service"],
    ["triggers/x.ts", "undici", "undici"],
    ["runs/x.ts", "fastify", "Fastify"],
  ])("past a door is found: %s -> %s", (path, specifier, named) => {
    expect(importsOf(planted(path, specifier)).map(violationOf)).toEqual([expect.stringContaining(named)]);
  });

  it.each([
    ["packages/plugin-sdk/src/x.ts", 'import { run } from "@rat/ratd";', "must not import @rat/ratd"],
    ["packages/client/src/x.ts", 'export * from "@rat/contracts/auth";', "must not import"],
    ["packages/contracts/src/x.ts", 'import "../../plugin-sdk/src/index.ts";', "must not reach into"],
    ["services/runner/src/x.ts", 'import type { A } from "../../ratd/src/errors.ts";', "must not reach into"],
    ["services/ratd/src/x.test.ts", 'await import("../../../tests/e2e/world.ts");', "must not reach into"],
    ["services/cloud-aws/src/x.ts", 'import "@rat/plugin-postgres";', "must not import"],
    ["packages/sundries/src/x.ts", 'import "@rat/client";', "stands in no package"],
  ])("across packages is found: %s", (path, text, message) => {
    expect(importsOf({ path, text }).map(violationOf)).toEqual([expect.stringContaining(message)]);
  });

  it("to a lower floor is let pass", () => {
    const fine = [
      planted("http/x.ts", "../runs/run.ts"),
      planted("slots/auth/remote-auth.ts", "@rat/contracts/auth"),
      { path: "packages/plugin-sdk/examples/x.ts", text: 'import "@rat/plugin-sdk";' },
      { path: "services/ratd/src/http/x.test.ts", text: 'import "../../../../tests/support/until.ts";' },
    ];
    expect(fine.flatMap(importsOf).map(violationOf).filter(found)).toEqual([]);
  });
});

describe("what else is planted", () => {
  it("is found where it stands nowhere", () => {
    expect(misplacement("services/attic/src/main.ts")).toContain("stands in no package");
    expect(misplacement("services/ratd/src/attic/x.ts")).toContain("stands on no floor");
    expect(misplacement("services/ratd/src/attic.ts")).toContain("stands on no floor");
  });

  it("is found as a circle, also of types, of three, and through a re-export", () => {
    const circle = [
      { path: "packages/cli/src/a.ts", text: 'import type { B } from "./b.ts";' },
      { path: "packages/cli/src/b.ts", text: 'export * from "./c/c.ts";' },
      { path: "packages/cli/src/c/c.ts", text: 'await import("../a.ts"); import "./leaf.ts";' },
      { path: "packages/cli/src/c/leaf.ts", text: 'import "node:fs";' },
    ];
    expect(circlesOf(circle.flatMap(importsOf))).toEqual([
      ["packages/cli/src/a.ts", "packages/cli/src/b.ts", "packages/cli/src/c/c.ts"],
    ]);
  });

  it("is found when it is too long", () => {
    const body = (lines: number) => "\n".repeat(lines - 1);
    const path = "packages/cli/src/x.ts";
    const long = `const f = () => {${body(MOST_LINES.function + 1)}};\n`;
    expect(oversized({ path, text: long })).toEqual([
      expect.stringContaining(":1 is a function of 81 lines"),
    ]);
    expect(oversized({ path, text: "\n".repeat(MOST_LINES.file + 1) })).toHaveLength(1);
    expect(
      oversized({ path: "services/ratd/src/ratd.ts", text: "\n".repeat(MOST_LINES.root + 1) }),
    ).toHaveLength(1);
    expect(oversized({ path, text: "\n".repeat(MOST_LINES.file) })).toEqual([]);
    expect(linesOf("a\nb\n")).toBe(2);
    expect(functionsOf({ path, text: "class A {\n  b() {\n    return 1;\n  }\n}\n" })).toEqual([
      { file: path, line: 2, lines: 3 },
    ]);
  });
});
