import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Client } from "pg";
import {
  formatApiKey,
  hashSecret,
  newKeyId,
  newKeySecret,
} from "../../services/ratd/src/access/keys/api-key.ts";
import { bootstrapKeyFile } from "../../services/ratd/src/access/keys/bootstrap-key.ts";
import { until } from "./until.ts";

/** A key to put into a database. */
export interface TestKey {
  readonly userId?: string;
  readonly roles?: readonly string[];
  readonly scopes: readonly string[];
}

/** Puts a key into a ratd's database, past all rules, as soon as the table is there; answers the key. */
export async function insertApiKey(databaseUrl: string, key: TestKey): Promise<string> {
  const parts = { id: newKeyId(randomBytes), secret: newKeySecret(randomBytes) };
  const { userId = "operator", roles = [], scopes } = key;
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const values = [parts.id, hashSecret(parts.secret), userId, roles, scopes];
    await until(() =>
      client.query(
        `INSERT INTO api_keys (id, name, hash, user_id, roles, scopes, created_by)
         VALUES ($1, 'test', $2, $3, $4, $5, 'test')`,
        values,
      ),
    );
  } finally {
    await client.end();
  }
  return formatApiKey(parts);
}

/** The first API key of a ratd, as soon as it was written. */
export async function bootstrapKey(dataDirectory: string): Promise<string> {
  const read = () => readFile(bootstrapKeyFile(dataDirectory), "utf8").catch(() => undefined);
  return (await until(read)).trim();
}
