import { existsSync } from "node:fs";
import type { Account } from "@rat/processes";
import { RatError } from "../../errors.ts";
import { startProcess, type StartedProcess } from "../processes/start-process.ts";

/** A running PostgreSQL program. */
export interface Program extends Omit<StartedProcess, "identity" | "running"> {
  readonly pid: number;
}

/**
 * Starts a program of PostgreSQL with an empty environment.
 *
 * @throws RatError database_start_failed when it cannot be run
 */
export async function startProgram(options: {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly account: Account | undefined;
  readonly directory: string;
  readonly onLine?: (line: string) => void;
}): Promise<Program> {
  const { program, onLine, ...where } = options;
  const { identity, running, ...started } = startProcess({
    program,
    ...where,
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    output: { onLine },
  });
  try {
    await running;
  } catch (error) {
    throw new RatError("database_start_failed", whyNot(error, program), { cause: error });
  }
  if (identity === undefined) throw new RatError("database_start_failed", `${program} did not start.`);
  return { pid: identity.pid, ...started };
}

function whyNot(error: unknown, program: string): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" && existsSync(program)) {
    return `${program} cannot run here: it needs glibc (Alpine has musl). Use a Debian image or DATABASE_URL.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `${program} cannot be run: ${message}. Correct that, or name a PostgreSQL of yours with DATABASE_URL.`;
}

/** An error with what the program wrote last; a full disk gets its own code. */
export function programFailure(what: string, program: Program): RatError {
  const lines = program.lastLines();
  const said = lines.length === 0 ? "It wrote nothing." : `It wrote:\n${lines.join("\n")}`;
  const nameless = lines.some((line) => line.includes("could not look up effective user ID"));
  const hint = nameless
    ? "\nGive that user a name in /etc/passwd, or name a PostgreSQL of yours with DATABASE_URL."
    : "";
  const full = lines.some((line) => /no space left on device|disk quota exceeded/i.test(line));
  return new RatError(full ? "disk_full" : "database_start_failed", `${what} ${said}${hint}`);
}
