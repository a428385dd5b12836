// Runs the checks that need no test, side by side as the cores allow: npm run check
// What a check says is shown when it fails; one that fails does not keep the others from saying what is wrong.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { text } from "node:stream/consumers";

/** Scripts of package.json, the longest first. */
const CHECKS = ["types", "format", "lint", "contracts:check", "unused", "docs:check"];

async function passes(script: string): Promise<boolean> {
  const begin = performance.now();
  const child = spawn("npm", ["run", "--silent", script], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const ok = child.exitCode === 0;
  if (!ok) process.stdout.write(stdout + stderr);
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  process.stdout.write(`${ok ? "✓" : "✕"} ${script} (${seconds} s)\n`);
  return ok;
}

const waiting = [...CHECKS];
async function work(): Promise<void> {
  for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
    if (!(await passes(script))) process.exitCode = 1;
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
