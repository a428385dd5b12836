import { randomUUID } from "node:crypto";
import { chmod, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { RatError } from "../../errors.ts";
import { formatApiKey, hashSecret, newKeyId, newKeySecret } from "./api-key.ts";
import type { KeyStore } from "./key-store.ts";

/** The user in whose name the bootstrap key acts, and its role. */
const BOOTSTRAP_USER = "operator";
const BOOTSTRAP_ROLES = ["admin"];

/** Where the bootstrap key lies in a data directory. */
export function bootstrapKeyFile(dataDirectory: string): string {
  return join(dataDirectory, "bootstrap-key");
}

/**
 * Makes the first key, with all scopes and without an end, and writes it into a file of mode 0600. Once for each
 * database: of many replicas one makes it.
 *
 * @returns the file, when this call wrote it
 * @throws RatError data_directory_unusable; database_unavailable
 */
export async function writeBootstrapKey(deps: {
  readonly store: Pick<KeyStore, "hasBootstrapKey" | "createBootstrapKey">;
  readonly dataDirectory: string;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Writes down that this key is made; the key is not made when it rejects. */
  readonly recorded: (id: string) => Promise<void>;
}): Promise<string | undefined> {
  const { store, dataDirectory, randomBytes, recorded } = deps;
  if (await store.hasBootstrapKey()) return undefined;
  const id = newKeyId(randomBytes);
  const secret = newKeySecret(randomBytes);
  const file = bootstrapKeyFile(dataDirectory);
  const draft = `${file}.${randomUUID()}`;
  try {
    await writePrivate(draft, `${formatApiKey({ id, secret })}\n`);
    const key = {
      id,
      hash: hashSecret(secret),
      name: "bootstrap",
      userId: BOOTSTRAP_USER,
      roles: BOOTSTRAP_ROLES,
      scopes: ["*"],
      createdBy: "ratd",
      expiresAt: undefined,
    };
    // In its place before the commit: a key that is in the database and in no file would open nothing, for ever.
    const made = await store.createBootstrapKey(key, async () => {
      await recorded(id);
      await rename(draft, file);
    });
    return made ? file : undefined;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writePrivate(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // The mode of open is subject to the umask.
    await chmod(path, 0o600);
  } catch (cause) {
    throw new RatError("data_directory_unusable", `Cannot write the bootstrap key to ${path}.`, { cause });
  }
}
