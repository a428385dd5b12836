import { execFile, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { until } from "../support/until.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PACKAGES = ["contracts", "plugin-sdk", "conformance", "artifact", "client", "cli"];
const run = promisify(execFile);

/** The environment without what `npm test` adds, which would make npm work on the repository. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name)),
);

describe("the published packages, in a project outside the repository", () => {
  let project: string;

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), "rat-packages-"));
    await run(process.execPath, ["infra/scripts/build-packages.ts"], { cwd: ROOT });
    const folders = PACKAGES.map((name) => join(ROOT, "dist", name));
    await run("npm", ["pack", "--silent", "--pack-destination", project, ...folders], { cwd: project, env });
    const archives = readdirSync(project).map((name) => `./${name}`);
    const types = `@types/node@${manifest.devDependencies["@types/node"]}`;
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--loglevel=error"];
    await run("npm", ["install", ...flags, ...archives, types], { cwd: project, env });
    copyFileSync(join(ROOT, "packages/plugin-sdk/examples/tiny-auth.ts"), join(project, "tiny-auth.ts"));
  }, 120_000);
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it("type-check the smallest plugin", async () => {
    const flags = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2024"];
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const checked = await run(tsc, [...flags, "--types", "node", "tiny-auth.ts"], { cwd: project }).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
    expect(checked).toBe("");
  });

  it("run it, and prove it with the installed conformance command", async () => {
    const settings = { RAT_PLUGIN_PORT: "0", RAT_PLUGIN_CONFIG: JSON.stringify({ token: "s3cret" }) };
    const plugin = spawn(process.execPath, ["tiny-auth.ts"], { cwd: project, env: { ...env, ...settings } });
    try {
      let output = "";
      for (const stream of [plugin.stdout, plugin.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => (output += text));
      }
      const url = await until(() => /"url":"(http:[^"]+)"/.exec(output)?.[1], {
        timeoutMs: 20_000,
        what: "tiny-auth listening",
      });
      const answer = await fetch(new URL("/rat.plugin.v1.PluginService/HealthCheck", url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      expect(await answer.json()).toMatchObject({ status: "healthy" });
      const command = join(project, "node_modules/.bin/rat-conformance");
      const { stdout } = await run(
        command,
        ["auth", "--address", new URL(url).host, "--run", "health/status", "auth/empty-token"],
        {
          cwd: project,
          env,
        },
      );
      expect(stdout).toContain("conforms (6 pass)");
    } finally {
      plugin.kill();
    }
  });

  it("bring the rat command", async () => {
    const { stdout } = await run(join(project, "node_modules/.bin/rat"), ["--version"], {
      cwd: project,
      env,
    });
    expect(stdout).toMatch(/\d+\.\d+\.\d+/);
  });
});
