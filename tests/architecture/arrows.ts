import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseSync } from "oxc-parser";

/** The root of the repository. */
export const ROOT = resolve(import.meta.dirname, "../..");

/** Which of our packages each part may import. Everything points down to the contracts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "packages/contracts": [],
  "packages/plugin-sdk": ["@rat/contracts"],
  "packages/plugin-postgres": ["@rat/plugin-sdk"],
  "packages/conformance": ["@rat/contracts"],
  "packages/client": [],
  "packages/artifact": [],
  "packages/egress": [],
  "packages/processes": [],
  "packages/cli": ["@rat/artifact", "@rat/client", "@rat/conformance"],
  "services/ratd": ["@rat/artifact", "@rat/contracts", "@rat/processes"],
  "services/quickstart": [],
  "services/runner": ["@rat/egress", "@rat/plugin-sdk", "@rat/processes"],
  "services/container-executor": ["@rat/plugin-sdk"],
  "services/auth-keycloak": ["@rat/plugin-sdk"],
  "services/sharing-plugin": ["@rat/plugin-sdk", "@rat/plugin-postgres"],
  "services/enforcement-plugin": ["@rat/plugin-sdk", "@rat/plugin-postgres"],
  "services/cloud-aws": ["@rat/plugin-sdk"],
  examples: ["@rat/client"],
};

/** Inside ratd: folders that a folder must not import. */
const RATD_MUST_NOT: Readonly<Record<string, readonly string[]>> = {
  platform: ["http", "slots", "health", "plugins", "registry", "internal", "events"],
  config: ["http", "slots", "health", "plugins", "registry", "internal", "events"],
  registry: ["http", "slots", "plugins", "internal"],
  schema: ["http", "slots", "health", "plugins", "registry", "internal", "events"],
  replicas: ["http", "slots", "health", "plugins", "registry", "internal", "events", "access", "runs"],
  health: ["http", "slots", "plugins", "internal"],
  slots: ["http", "plugins", "registry", "internal"],
  events: ["http", "slots", "health", "plugins", "registry", "internal"],
  plugins: ["http", "internal"],
  pipelines: ["http", "slots", "plugins", "registry", "internal", "triggers"],
  triggers: ["http", "slots", "plugins", "registry", "internal"],
  runs: ["http", "internal", "plugins", "warm-pool"],
  "warm-pool": ["http", "internal", "runs"],
};

/** Which slot files may see the wire: generated code and the RPC library. */
const WIRE = /^(@connectrpc\/|@rat\/contracts)/;
const SEES_WIRE =
  /^services\/ratd\/src\/slots\/(?!.*\/remote-[a-z]+\.ts$|remote-call\.ts$|slot\.ts$|.*\.test\.ts$)/;

/** One import of a file. */
export interface Import {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly specifier: string;
}

/** The imports of a TypeScript source, static and dynamic. */
export function importsOf(file: string, source = readFileSync(join(ROOT, file), "utf8")): Import[] {
  const { module } = parseSync(file, source);
  const texts = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
      const literal = /^["'](.*)["']$/.exec(source.slice(start, end))?.[1];
      return literal ?? [];
    }),
  ];
  return texts.map((specifier) => ({ file, specifier }));
}

/** What is wrong with an import; undefined when nothing is. */
export function violationOf({ file, specifier }: Import): string | undefined {
  const part = Object.keys(MAY_IMPORT).find((folder) => file.startsWith(`${folder}/`));
  if (part === undefined) return undefined;
  if (specifier.startsWith("@rat/")) {
    const own =
      part === "packages/plugin-sdk" && file.includes("/examples/") && specifier === "@rat/plugin-sdk";
    const allowed = (MAY_IMPORT[part] ?? []).some(
      (name) => specifier === name || specifier.startsWith(`${name}/`),
    );
    if (!allowed && !own) return `${file} must not import ${specifier}`;
  }
  if (specifier.startsWith(".")) {
    const target = relative(ROOT, resolve(ROOT, dirname(file), specifier));
    if (file.endsWith(".test.ts") && target.startsWith("tests/support/")) return undefined;
    if (!target.startsWith(`${part}/`)) return `${file} must not reach into ${target}`;
    const inner = crossesRatd(file, target);
    if (inner !== undefined) return inner;
  }
  if (WIRE.test(specifier) && SEES_WIRE.test(file)) {
    return `${file} must not see the wire (${specifier}); only remote-*.ts may`;
  }
  return undefined;
}

function crossesRatd(file: string, target: string): string | undefined {
  const folderOf = (path: string) => /^services\/ratd\/src\/([^/]+)\//.exec(path)?.[1];
  const from = folderOf(file);
  const to = folderOf(target);
  if (from === undefined || to === undefined || from === to) return undefined;
  return RATD_MUST_NOT[from]?.includes(to) === true
    ? `${file} must not import from ${to}/ (${target})`
    : undefined;
}
