// Completes package-lock.json after an `npm install` from a registry that lacks packages of other platforms:
// node infra/scripts/build-lock-file.ts. Without their entries `npm ci` takes the lock file for out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

/** What of a lock file's entry is read or made. */
interface Entry {
  readonly version?: string;
  readonly cpu?: readonly string[];
  readonly dev?: boolean;
  readonly libc?: readonly string[];
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
}

/** How words of a package's name say its platform, in npm's terms. */
const SYSTEMS: Readonly<Record<string, string>> = { windows: "win32", win: "win32" };
const SAME_SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS: Readonly<Record<string, string>> = { aarch64: "arm64", armv7: "arm" };
const SAME_PROCESSORS = ["arm", "arm64", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];

const file = resolve(import.meta.dirname, "../../package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Entry> };
const added: string[] = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    // npm puts them where the package is that wants them, or further up.
    const beside = `${path.slice(0, Math.max(0, path.lastIndexOf("node_modules/")))}node_modules/${name}`;
    const places = [`${path}/node_modules/${name}`, beside, `node_modules/${name}`];
    const present = places.some((place) => lock.packages[place]?.version === version);
    const platform = platformOf(name);
    if (present || platform === undefined || !/^\d+\.\d+\.\d+\S*$/.test(version)) continue;
    lock.packages[beside] = {
      version,
      ...(entry.dev === true ? { dev: true } : {}),
      optional: true,
      ...platform,
    };
    added.push(`${name} ${version}`);
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")),
);
if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${[...added, `${added.length} entries added`].join("\n")}\n`);

function platformOf(name: string): Pick<Entry, "cpu" | "libc" | "os"> | undefined {
  const words = name.split(/[@/-]/);
  const os = words.map((word) => SYSTEMS[word] ?? SAME_SYSTEMS.find((same) => same === word)).find(Boolean);
  const cpu = words
    .map((word) => PROCESSORS[word] ?? SAME_PROCESSORS.find((same) => same === word))
    .find(Boolean);
  if (os === undefined || cpu === undefined) return undefined;
  const libc = words.includes("musl") ? "musl" : words.includes("gnu") ? "glibc" : undefined;
  return { cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }), os: [os] };
}
