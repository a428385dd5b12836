import { execFile, execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");

/**
 * Why tests cannot use Docker here; undefined when they can.
 *
 * @throws Error where RAT_REQUIRE_DOCKER=1 says that they must.
 */
export function whyNoDocker(): string | undefined {
  const reason =
    failureOf("no Docker engine answers", ["version", "--format", "{{.Server.Version}}"]) ??
    failureOf("the docker command has no Compose plugin", ["compose", "version", "--short"]);
  if (reason !== undefined && process.env["RAT_REQUIRE_DOCKER"] === "1") throw new Error(reason);
  return reason;
}

function failureOf(reason: string, args: readonly string[]): string | undefined {
  try {
    execFileSync("docker", args, { stdio: ["ignore", "ignore", "pipe"], timeout: 20_000 });
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return `${reason}: ${message.split("\n").at(1) || message.split("\n").at(0)}`;
  }
}

/** The base images of `docker-compose.yml`: those of the environment, else ones that are built here. */
export async function baseImages(): Promise<Readonly<Record<string, string>>> {
  const { BASE_IMAGE, POSTGRES_IMAGE } = process.env;
  if (BASE_IMAGE !== undefined && POSTGRES_IMAGE !== undefined) return { BASE_IMAGE, POSTGRES_IMAGE };
  const { stdout } = await run(process.execPath, ["infra/scripts/build-offline-images.ts"], { cwd: ROOT });
  return Object.fromEntries(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split("=", 2) as [string, string]),
  );
}

/** Runs `docker`; resolves to what it prints. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run("docker", args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}
