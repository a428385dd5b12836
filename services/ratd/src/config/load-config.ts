import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { RatError, systemCode } from "../errors.ts";
import { buildConfig, type Config, type ConfigSurroundings } from "./config.ts";
import { applicable, diffConfig } from "./config-diff.ts";
import type { PendingConfig } from "./live-config.ts";
import { parseHostPort } from "../platform/host-port.ts";
import { isImageReference } from "./plugin-name.ts";
import { formatProblem, type ConfigProblem } from "./problem.ts";
import { resolveReferences } from "./references.ts";
import { SLOT_NAMES, type RatYaml } from "./schema.ts";
import { validateRatYaml } from "./validate.ts";
import { parseYaml, type YamlDocument } from "./yaml-document.ts";

/** Where the configuration comes from. */
export interface ConfigSources {
  /** From `--config`; else `RAT_CONFIG`; else `rat.yaml` in the working directory. */
  readonly file?: string | undefined;
  /** From `--strict`; else `RAT_STRICT`. */
  readonly strict?: boolean | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
}

/**
 * Reads rat.yaml and the environment into one frozen value. The environment wins.
 *
 * @throws RatError `config_not_found`, or `config_invalid` with one line for each problem.
 */
export function loadConfig(sources: ConfigSources): Config {
  const { yaml, around } = readSources(sources);
  return buildConfig(yaml, around);
}

/**
 * Reads the same sources again for a ratd that runs by an earlier configuration.
 *
 * @throws RatError as `loadConfig` does.
 */
export function loadChange(sources: ConfigSources, running: Config): PendingConfig {
  const { yaml, around } = readSources(sources);
  return {
    config: buildConfig(applicable(running.yaml, yaml), around),
    changes: diffConfig(running.yaml, yaml),
  };
}

function readSources({ file, strict, env, workingDirectory }: ConfigSources): {
  readonly yaml: RatYaml;
  readonly around: ConfigSurroundings;
} {
  const path = resolve(workingDirectory, file ?? env["RAT_CONFIG"] ?? "rat.yaml");
  const source = relative(workingDirectory, path).startsWith("..") ? path : relative(workingDirectory, path);
  const document = parseYaml(readConfigFile(path), source);
  fail(document.problems);

  const directory = dirname(path);
  const at = locator(document, source);
  const resolved = resolveReferences(document.value, { env, directory });
  fail(resolved.problems.map((problem) => at(problem.path, problem.message)));

  const checked = validateRatYaml(resolved.value, document.value);
  if ("problems" in checked) {
    throw invalid(checked.problems.map(({ path, message, atKey }) => at(path, message, atKey)));
  }
  const environment = applyEnvironment(checked.yaml, env);
  const resolvePath = (name: string) => resolve(directory, name);
  fail([...crossChecks(checked.yaml, at, resolvePath), ...environment.problems]);
  const around = {
    file: path,
    directory,
    dataDirectory: resolve(workingDirectory, env["RAT_DATA_DIR"] ?? resolve(directory, ".rat")),
    strict: strict ?? isOn(env["RAT_STRICT"]),
    resolvePath,
  };
  return { yaml: environment.yaml, around };
}

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new RatError("config_not_found", `Cannot read ${path}: ${systemCode(error) ?? String(error)}.`, {
      cause: error,
    });
  }
}

type Locate = (path: readonly string[], message: string, atKey?: boolean) => ConfigProblem;

function locator(document: YamlDocument, source: string): Locate {
  return (path, message, atKey = false) => ({
    source,
    ...document.positionOf(path, atKey),
    key: path.join("."),
    message,
  });
}

function applyEnvironment(
  yaml: RatYaml,
  env: ConfigSources["env"],
): { yaml: RatYaml; problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const listen = env["RAT_LISTEN"];
  if (listen !== undefined && parseHostPort(listen) === undefined) {
    problems.push({ source: "RAT_LISTEN", key: "", message: `"${listen}" is not host:port` });
  }
  const url = env["DATABASE_URL"];
  if (url !== undefined && !/^postgres(ql)?:\/\//.test(url)) {
    problems.push({ source: "DATABASE_URL", key: "", message: "is not a postgres:// URL" });
  }
  const strict = env["RAT_STRICT"];
  if (strict !== undefined && !isOn(strict) && !["", "0", "false", "no", "off"].includes(strict)) {
    problems.push({ source: "RAT_STRICT", key: "", message: `"${strict}" is neither 1 nor 0` });
  }
  return {
    yaml: {
      ...yaml,
      ...(listen === undefined ? {} : { listen }),
      ...(url === undefined ? {} : { database_url: url }),
    },
    problems,
  };
}

/** Rules that a schema cannot say. */
function crossChecks(yaml: RatYaml, at: Locate, resolvePath: (path: string) => string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const key of ["listen", "internal_listen"] as const) {
    const value = yaml[key];
    if (value !== undefined && parseHostPort(value) === undefined) {
      problems.push(at([key], `"${value}" is not host:port`));
    }
  }
  for (const slot of SLOT_NAMES) {
    const entry = yaml.plugins?.[slot];
    if (entry === undefined) continue;
    const key = ["plugins", slot];
    if (!isImageReference(entry.image)) {
      problems.push(at([...key, "image"], `"${entry.image}" is not an image reference`));
    }
    const address = parseHostPort(entry.address);
    if (address === undefined || address.port === 0) {
      problems.push(
        at([...key, "address"], `"${entry.address}" is not host:port with a port from 1 to 65535`),
      );
    }
    if ((entry.tls?.cert === undefined) !== (entry.tls?.key === undefined)) {
      problems.push(at([...key, "tls"], "cert and key belong together; one of them is missing"));
    }
    for (const name of ["ca", "cert", "key"] as const) {
      const path = entry.tls?.[name];
      if (path !== undefined && !existsSync(resolvePath(path))) {
        problems.push(at([...key, "tls", name], `there is no file ${resolvePath(path)}`));
      }
    }
  }
  for (const [name, url] of Object.entries(yaml.services ?? {})) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || (parsed.protocol === "tcp:" && parsed.port === "")) {
      problems.push(at(["services", name], `"${url}" is not http(s)://… or tcp://host:port`));
    }
  }
  if (yaml.cors?.credentials === true && yaml.cors.origins.includes("*")) {
    problems.push(at(["cors", "credentials"], "credentials with origin `*` would open ratd to every site"));
  }
  return problems;
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && ["1", "true", "yes", "on"].includes(value);
}

function fail(problems: readonly ConfigProblem[]): void {
  if (problems.length > 0) throw invalid(problems);
}

function invalid(problems: readonly ConfigProblem[]): RatError {
  return new RatError("config_invalid", problems.map(formatProblem).join("\n"));
}
