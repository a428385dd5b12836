// Builds the packages that are published, as folders below dist/: npm run build
// In the repository the packages are TypeScript that Node.js runs as it is; below node_modules it would refuse that.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const DIST = join(ROOT, "dist");

/** In the order in which they use each other. */
const PACKAGES = ["contracts", "plugin-sdk", "conformance", "artifact", "client", "cli"];

/** What of a package.json the build reads or changes. */
interface Manifest {
  private?: boolean;
  readonly version: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

for (const name of PACKAGES) {
  rmSync(join(DIST, name), { recursive: true, force: true });
  const manifest = JSON.parse(readFileSync(join(ROOT, "packages", name, "package.json"), "utf8")) as Manifest;
  compile(name, manifest);
  writeManifest(name, manifest);
  for (const file of [join(ROOT, "LICENSE"), join(ROOT, "packages", name, "README.md")]) {
    if (existsSync(file)) copyFileSync(file, join(DIST, name, file.slice(file.lastIndexOf("/"))));
  }
  for (const program of Object.values(manifest.bin ?? {})) chmodSync(join(DIST, name, toJs(program)), 0o755);
}
process.stdout.write(`built ${PACKAGES.map((name) => `dist/${name}`).join(", ")}\n`);

/** Compiles what the entry points reach: tests stay out. */
function compile(name: string, { exports = {}, bin = {} }: Manifest): void {
  const project = join(DIST, name, "tsconfig.json");
  mkdirSync(join(DIST, name), { recursive: true });
  const options = {
    noEmit: false,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    rootDir: join(ROOT, "packages", name),
    outDir: join(DIST, name),
    // Against the built packages, as those who install this one will have it.
    paths: {
      "@rat/contracts/*": [join(DIST, "contracts/src/*.d.ts")],
      "@rat/*": [join(DIST, "*/src/index.d.ts")],
    },
  };
  const files = Object.values({ ...exports, ...bin }).map((file) => join(ROOT, "packages", name, file));
  writeFileSync(
    project,
    JSON.stringify({ extends: join(ROOT, "tsconfig.json"), compilerOptions: options, files, include: [] }),
  );
  execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["--project", project], { stdio: "inherit" });
  rmSync(project);
}

function writeManifest(name: string, { private: _private, ...manifest }: Manifest): void {
  const published = {
    ...manifest,
    engines: { node: ">=24" },
    publishConfig: { access: "public" },
    ...(manifest.exports === undefined
      ? {}
      : {
          exports: Object.fromEntries(
            Object.entries(manifest.exports).map(([door, file]) => [
              door,
              { types: file.replace(/\.ts$/, ".d.ts"), default: toJs(file) },
            ]),
          ),
        }),
    ...(manifest.bin === undefined
      ? {}
      : {
          bin: Object.fromEntries(
            Object.entries(manifest.bin).map(([command, file]) => [command, toJs(file)]),
          ),
        }),
  };
  writeFileSync(join(DIST, name, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
}

function toJs(file: string): string {
  return file.replace(/\.ts$/, ".js");
}
