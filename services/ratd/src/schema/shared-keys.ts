import type { Database } from "../platform/database/database.ts";
import type { Schema } from "./schema.ts";

/** Bytes of a shared key. */
const KEY_BYTES = 32;

/** What shared keys need. */
export interface SharedKeysDeps {
  readonly database: Database;
  readonly schema: Schema;
  /** As `randomBytes` of node:crypto. */
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Secret keys that all replicas share: the first that needs one makes it. */
export class SharedKeys {
  readonly #deps: SharedKeysDeps;
  readonly #known = new Map<string, Promise<Uint8Array>>();

  constructor(deps: SharedKeysDeps) {
    this.#deps = deps;
  }

  /**
   * The key of this name, 32 bytes; the same in every replica. Secret.
   *
   * @throws RatError database_unavailable
   */
  get(name: string): Promise<Uint8Array> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const key = this.#fetch(name).catch((error: unknown) => {
      this.#known.delete(name);
      throw error;
    });
    this.#known.set(name, key);
    return key;
  }

  async #fetch(name: string): Promise<Uint8Array> {
    const { database, schema, randomBytes } = this.#deps;
    await schema.ready();
    await database.query("INSERT INTO shared_keys (name, key) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
      name,
      Buffer.from(randomBytes(KEY_BYTES)),
    ]);
    const [row] = await database.query<{ key: Uint8Array }>("SELECT key FROM shared_keys WHERE name = $1", [
      name,
    ]);
    if (row === undefined) throw new Error(`the shared key ${name} was removed`);
    return row.key;
  }
}
