import { dirname, relative, resolve } from "node:path";
import { RatError } from "../errors.ts";
import { buildConfig, type Config, type ConfigSurroundings, type WrittenYaml } from "./config.ts";
import { applicable, diffConfig } from "./config-diff.ts";
import { TextError } from "./decode-text.ts";
import type { PendingConfig } from "./live-config.ts";
import { isAddressBlock } from "./address-block.ts";
import { parseHostPort } from "../platform/host-port.ts";
import { isImageReference } from "./plugin-name.ts";
import { formatProblem, type ConfigProblem } from "./problem.ts";
import { readFileOfConfig } from "./read-file.ts";
import { resolveReferences } from "./references.ts";
import { DEFAULT_INTERNAL_LISTEN, DEFAULT_LISTEN, SLOT_NAMES, type RatYaml } from "./schema.ts";
import { shownValue } from "./shown-value.ts";
import { readTlsFiles } from "./tls-files.ts";
import { validateRatYaml, valueAt } from "./validate.ts";
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
  const written = applicable(running.written, around.written);
  return {
    config: buildConfig(applicable(running.yaml, yaml), { ...around, written }),
    changes: diffConfig(running, { yaml, written: around.written }),
  };
}

function readSources({ file, strict, env, workingDirectory }: ConfigSources): {
  readonly yaml: RatYaml;
  readonly around: ConfigSurroundings;
} {
  const path = resolve(workingDirectory, file ?? env["RAT_CONFIG"] ?? "rat.yaml");
  const source = relative(workingDirectory, path).startsWith("..") ? path : relative(workingDirectory, path);
  const document = parseYaml(readConfigFile(path), source);
  const at = locator(document, source);
  fail(document.problems, at);

  const directory = dirname(path);
  const resolved = resolveReferences(document.value, { env, directory });
  fail(resolved.problems, at);

  const checked = validateRatYaml(resolved.value, document.value);
  if ("problems" in checked) throw invalid(checked.problems, at);
  const resolvePath = (name: string) => resolve(directory, name);
  // As it is written: what a reference stands for may be a secret.
  const show: Show = (key) => shownValue(key.join("."), valueAt(document.value, key));
  const tls = readTlsFiles(checked.yaml, resolvePath, show);
  const environment = applyEnvironment(tls.yaml, env);
  fail(
    [
      ...crossChecks(checked.yaml, show),
      ...listenerProblems(environment.yaml, show),
      ...tls.problems,
      ...environment.problems,
    ],
    at,
  );
  const around = {
    // The schema has refused everything but a mapping.
    written: document.value as WrittenYaml,
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
    return readFileOfConfig(path);
  } catch (reason) {
    const why = reason instanceof Error ? reason.message : String(reason);
    const code = reason instanceof TextError ? "config_invalid" : "config_not_found";
    throw new RatError(code, `Cannot read ${path}: ${why}.`, { cause: reason });
  }
}

type Show = (path: readonly string[]) => string;

/** Something wrong with the value at a path, or with the key itself. */
interface Found {
  readonly path: readonly string[];
  readonly message: string;
  readonly atKey?: boolean;
}

type Locate = (problem: Found | ConfigProblem) => ConfigProblem;

function locator(document: YamlDocument, source: string): Locate {
  return (problem) => {
    if ("source" in problem) return problem;
    const { path, message, atKey = false } = problem;
    return { source, ...document.positionOf(path, atKey), key: path.join("."), message };
  };
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
function crossChecks(yaml: RatYaml, show: Show): readonly Found[] {
  const problems: Found[] = [];
  for (const key of ["listen", "internal_listen"] as const) {
    const value = yaml[key];
    if (value !== undefined && parseHostPort(value) === undefined) {
      problems.push({ path: [key], message: `${show([key])} is not host:port` });
    }
  }
  for (const [at, block] of (yaml.trusted_proxies ?? []).entries()) {
    const key = ["trusted_proxies", String(at)];
    if (!isAddressBlock(block))
      problems.push({ path: key, message: `${show(key)} is no address and no CIDR block` });
  }
  for (const [at, runner] of (yaml.runs?.runners ?? []).entries()) {
    const key = ["runs", "runners", String(at)];
    const address = parseHostPort(runner);
    if (address === undefined || address.port === 0) {
      problems.push({ path: key, message: `${show(key)} is not host:port with a port from 1 to 65535` });
    }
  }
  for (const [at, origin] of (yaml.cors?.origins ?? []).entries()) {
    const key = ["cors", "origins", String(at)];
    if (origin !== "*" && !isOrigin(origin)) {
      problems.push({ path: key, message: `${show(key)} is no origin such as https://console.example` });
    }
  }
  for (const key of [["database_url"], ["runs", "report_url"]]) {
    const url = key.length === 1 ? yaml.database_url : yaml.runs?.report_url;
    if (url !== undefined && !URL.canParse(url)) problems.push({ path: key, message: "is no URL" });
  }
  for (const slot of SLOT_NAMES) {
    const entry = yaml.plugins?.[slot];
    if (entry === undefined) continue;
    const image = ["plugins", slot, "image"];
    if (!isImageReference(entry.image)) {
      problems.push({ path: image, message: `${show(image)} is not an image reference` });
    }
    const key = ["plugins", slot, "address"];
    const address = parseHostPort(entry.address);
    if (address === undefined || address.port === 0) {
      problems.push({ path: key, message: `${show(key)} is not host:port with a port from 1 to 65535` });
    }
  }
  for (const [name, url] of Object.entries(yaml.services ?? {})) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    const key = ["services", name];
    if (parsed === undefined || (parsed.protocol === "tcp:" && parsed.port === "")) {
      problems.push({ path: key, message: `${show(key)} is not http(s)://… or tcp://host:port` });
    }
  }
  if (yaml.cors?.credentials === true && yaml.cors.origins.includes("*")) {
    problems.push({
      path: ["cors", "credentials"],
      message: "credentials with origin `*` would open ratd to every site",
    });
  }
  return problems;
}

/** Two listeners cannot have one address; a port of 0 is another one each time. */
function listenerProblems({ listen, internal_listen }: RatYaml, show: Show): readonly Found[] {
  const [outer, inner] = [listen ?? DEFAULT_LISTEN, internal_listen ?? DEFAULT_INTERNAL_LISTEN].map(
    parseHostPort,
  );
  if (outer === undefined || inner === undefined || outer.port !== inner.port || outer.port === 0) return [];
  const everywhere = [outer.host, inner.host].some((host) => host === "0.0.0.0" || host === "::");
  if (!everywhere && outer.host !== inner.host) return [];
  const path = [internal_listen === undefined ? "listen" : "internal_listen"];
  return [
    { path, message: `${show(path)} is the address of the other listener; give each a port of its own` },
  ];
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && ["1", "true", "yes", "on"].includes(value);
}

/** Problems that are told of at once, for people to read; to find the place of one takes time. */
const TOLD = 50;

function fail(problems: readonly (Found | ConfigProblem)[], at: Locate): void {
  if (problems.length > 0) throw invalid(problems, at);
}

function invalid(problems: readonly (Found | ConfigProblem)[], at: Locate): RatError {
  const left = problems.length - TOLD;
  const lines = problems.slice(0, TOLD).map((problem) => formatProblem(at(problem)));
  return new RatError("config_invalid", [...lines, ...(left > 0 ? [`and ${left} more`] : [])].join("\n"));
}
