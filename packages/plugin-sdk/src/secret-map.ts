import { hash, randomBytes } from "node:crypto";

/**
 * Values by texts that are secret, for example users by their tokens. A lookup costs one digest, however many there are,
 * and its time tells nothing of the secrets: they are kept as digests that nobody outside can predict.
 */
export class SecretMap<Value> {
  readonly #prefix = randomBytes(32).toString("hex");
  readonly #values = new Map<string, Value>();

  /** Of two values with the same secret the later one counts. An empty secret opens nothing. */
  constructor(entries: Iterable<readonly [secret: string, value: Value]> = []) {
    for (const [secret, value] of entries) if (secret !== "") this.#values.set(this.#digest(secret), value);
  }

  get size(): number {
    return this.#values.size;
  }

  /** The value behind a secret; undefined when there is none. */
  get(secret: string): Value | undefined {
    return this.#values.get(this.#digest(secret));
  }

  #digest(secret: string): string {
    return hash("sha256", this.#prefix + secret, "base64");
  }
}
