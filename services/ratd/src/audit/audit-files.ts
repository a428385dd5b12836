import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { RatError, systemCode } from "../errors.ts";
import { parseCheckpoint, SealKey, type Checkpoint } from "./checkpoint.ts";

const KEY_BYTES = 32;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;

/** What the audit log keeps outside the database: the key of the seals, and the checkpoints once more. */
export interface AuditFiles {
  readonly key: SealKey;
  /** Appends a checkpoint and waits until it is on the disk. */
  append(checkpoint: Checkpoint): Promise<void>;
  /** The checkpoints, oldest first. A line that was torn is left out. */
  checkpoints(): Promise<readonly Checkpoint[]>;
}

/**
 * Opens `audit/` in the data directory, and makes the key at its first use. The place is fixed: no key of rat.yaml moves
 * it, and a symbolic link or a file of others in its way is refused, so that nobody can point the log elsewhere.
 *
 * @throws RatError data_directory_unusable
 */
export async function openAuditFiles(
  dataDirectory: string,
  randomBytes: (size: number) => Uint8Array,
): Promise<AuditFiles> {
  const directory = join(dataDirectory, "audit");
  const file = join(directory, "checkpoints.ndjson");
  try {
    await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
      if (systemCode(error) !== "EEXIST") throw error;
    });
    if (!(await lstat(directory)).isDirectory()) throw refused(directory, "is no directory");
    await chmod(directory, 0o700);
    const key = await keyOf(directory, randomBytes);
    await mendLastLine(file);
    return {
      key,
      async append(checkpoint) {
        await using handle = await openPrivate(file, O_APPEND | O_CREAT | O_RDWR);
        await handle.appendFile(`${JSON.stringify(checkpoint)}\n`);
        await handle.datasync();
      },
      async checkpoints() {
        await using handle = await openPrivate(file, O_CREAT | O_RDONLY);
        return parseLines(await handle.readFile("utf8"));
      },
    };
  } catch (cause) {
    if (cause instanceof RatError) throw cause;
    const detail = `ratd cannot use ${directory} for the audit log: ${systemCode(cause) ?? "unknown error"}.`;
    throw new RatError("data_directory_unusable", detail, { cause });
  }
}

async function keyOf(directory: string, randomBytes: (size: number) => Uint8Array): Promise<SealKey> {
  const path = join(directory, "key");
  try {
    await using handle = await openPrivate(path, O_RDONLY);
    const text = (await handle.readFile("utf8")).trim();
    if (!/^[0-9a-f]{64}$/.test(text)) throw refused(path, "holds no key; put the right one back");
    return new SealKey(Buffer.from(text, "hex"));
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
  const key = Buffer.from(randomBytes(KEY_BYTES));
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  {
    await using handle = await open(draft, "wx", 0o600);
    await handle.writeFile(`${key.toString("hex")}\n`);
    await handle.sync();
  }
  // Whole or not at all: half a key would be another key.
  await rename(draft, path);
  return new SealKey(key);
}

/** Opens a file that is nobody else's, and not behind a link. */
async function openPrivate(path: string, flags: number): Promise<FileHandle> {
  const handle = await open(path, flags | O_NOFOLLOW, 0o600).catch((error: unknown) => {
    throw systemCode(error) === "ELOOP" ? refused(path, "is a symbolic link") : error;
  });
  try {
    const about = await handle.stat();
    if (!about.isFile()) throw refused(path, "is no regular file");
    if ((about.mode & 0o077) !== 0) throw refused(path, "is open to others; run `chmod 600` on it");
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Ends a line that a kill tore, so that the next one begins on its own. */
async function mendLastLine(path: string): Promise<void> {
  const about = await lstat(path).catch(() => undefined);
  if (about === undefined || about.size === 0) return;
  await using handle = await openPrivate(path, O_APPEND | O_RDWR);
  const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: about.size - 1 });
  if (buffer.toString() !== "\n") await handle.appendFile("\n");
}

function parseLines(text: string): readonly Checkpoint[] {
  return text.split("\n").flatMap((line) => {
    try {
      return parseCheckpoint(JSON.parse(line)) ?? [];
    } catch {
      return [];
    }
  });
}

function refused(path: string, why: string): RatError {
  return new RatError("data_directory_unusable", `ratd does not use ${path} for the audit log: it ${why}.`);
}
