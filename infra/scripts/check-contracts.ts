import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Checks the wire contracts: lint, format, no breaking change against the published baseline, and generated code
 * that equals what the protos generate now.
 */
const ROOT = resolve(import.meta.dirname, "../..");
const GENERATED = "packages/contracts/src/gen";

function run(command: string, args: readonly string[], remedy: string): void {
  try {
    execFileSync(command, args, { cwd: ROOT, stdio: "inherit" });
  } catch {
    process.stderr.write(`contracts: \`${command} ${args.join(" ")}\` failed. ${remedy}\n`);
    process.exit(1);
  }
}

run("buf", ["lint", "proto"], "Correct the protos.");
run("buf", ["format", "--diff", "--exit-code", "proto"], "Run `npx buf format -w proto`.");
run(
  "buf",
  ["breaking", "proto", "--against", "infra/contracts-baseline.json"],
  "Published contracts never break: add fields with new numbers. For an addition, run `npm run contracts:baseline`.",
);
const folder = mkdtempSync(join(tmpdir(), "rat-contracts-"));
try {
  cpSync(join(ROOT, "buf.gen.yaml"), join(folder, "buf.gen.yaml"));
  run("buf", ["generate", "--output", folder], "Correct buf.gen.yaml.");
  run("diff", ["-r", join(folder, GENERATED), GENERATED], "Run `npm run contracts` and commit the result.");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
