import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { Logger } from "../../platform/logger.ts";
import { bootstrapKeyFile, writeBootstrapKey } from "./bootstrap-key.ts";
import type { KeyStore } from "./key-store.ts";

/** Makes the first API key, once for each database, and says at every start where it lies. Never rejects. */
export async function announceBootstrapKey(deps: {
  readonly store: KeyStore;
  readonly dataDirectory: string;
  readonly recorded: (id: string) => Promise<void>;
  readonly logger: Logger;
}): Promise<void> {
  const { store, dataDirectory, recorded, logger } = deps;
  try {
    await writeBootstrapKey({ store, dataDirectory, randomBytes, recorded });
    const keyFile = bootstrapKeyFile(dataDirectory);
    if (existsSync(keyFile)) logger.info({ keyFile }, `the first API key, with all scopes, is in ${keyFile}`);
  } catch (err) {
    logger.error({ err }, "the first API key was not made; the next start tries again");
  }
}
