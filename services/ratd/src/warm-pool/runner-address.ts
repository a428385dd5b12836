import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a runner listens, and which process it is. */
export interface RunnerAddress {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
}

/** Reads what a runner left in its state folder; undefined when it left nothing, or is another process by now. */
export function readRunnerAddress(state: string): RunnerAddress | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(state, "address.json"), "utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (!("host" in value) || !("port" in value) || !("pid" in value)) return undefined;
  const { host, port, pid } = value;
  if (typeof host !== "string" || typeof port !== "number" || typeof pid !== "number") return undefined;
  return isRunner(pid) ? { host, port, pid } : undefined;
}

/** Numbers of processes are used again; where the system tells, the command must be a runner's. */
function isRunner(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("runner");
  } catch {
    return process.platform !== "linux";
  }
}
