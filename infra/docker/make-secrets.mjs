// Writes each named secret into the folder once: 32 random bytes as hex. What exists stays as it is.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...names] = process.argv.slice(2);
// Readable by every uid: the volume is mounted only where the secrets belong, and each user has a uid of its own.
chmodSync(folder, 0o755);
for (const name of names) {
  const file = join(folder, name);
  if (existsSync(file)) continue;
  writeFileSync(`${file}.new`, randomBytes(32).toString("hex"), { mode: 0o444 });
  renameSync(`${file}.new`, file);
  console.log(`made ${name}`);
}
