import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { cliReference } from "./docs/cli-reference.ts";
import { errorCodes } from "./docs/error-codes.ts";
import { exitCodes } from "./docs/exit-codes.ts";
import type { GeneratedFile, Generator } from "./docs/generator.ts";
import { openApi } from "./docs/open-api.ts";
import { protos } from "./docs/protos.ts";
import { ratYaml } from "./docs/rat-yaml.ts";
import { scopes } from "./docs/scopes.ts";

const GENERATORS: readonly Generator[] = [
  errorCodes,
  scopes,
  openApi,
  protos,
  ratYaml,
  cliReference,
  exitCodes,
];

const root = new URL("../../", import.meta.url);
const check = process.argv.includes("--check");

const files: GeneratedFile[] = [];
for (const generator of GENERATORS) {
  if (existsSync(new URL(generator.source, root))) files.push(...(await generator.generate(root)));
  else process.stderr.write(`skipped: ${generator.source} does not exist yet\n`);
}

const drifted: string[] = [];
for (const { path, content } of files) {
  const url = new URL(path, root);
  const present = existsSync(url) ? await readFile(url, "utf8") : undefined;
  if (present === content) continue;
  drifted.push(path);
  if (check) continue;
  await mkdir(new URL(".", url), { recursive: true });
  await writeFile(url, content);
}

if (check && drifted.length > 0) {
  process.stderr.write(`Not what their sources make; run \`npm run docs\`:\n  ${drifted.join("\n  ")}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(
    drifted.length === 0 ? `${files.length} generated files are current\n` : `wrote ${drifted.join(", ")}\n`,
  );
}
