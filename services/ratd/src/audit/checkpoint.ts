import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { canonicalJson } from "@rat/artifact";

/** How far a chain had come: that its last record then was this one, and that nothing was left out. */
export interface CheckpointFacts {
  readonly key_id: string;
  readonly writer: string;
  /** The last record covered, which is also the number of records; 0 opens the chain. */
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
  /** Nothing follows in this chain. */
  readonly final: boolean;
  /** Seal of the checkpoint before under the same key; null in the first one. */
  readonly previous: string | null;
}

/** A checkpoint with its seal, in hexadecimal. */
export interface Checkpoint extends CheckpointFacts {
  readonly seal: string;
}

/** The key that seals checkpoints. Lies in the data directory and never in the database. */
export class SealKey {
  readonly #key: Uint8Array;
  /** Names the key without telling it. */
  readonly id: string;

  constructor(key: Uint8Array) {
    this.#key = key;
    this.id = createHash("sha256").update("rat audit key\0").update(key).digest("hex").slice(0, 16);
  }

  /** A checkpoint sealed with this key. */
  seal(facts: Omit<CheckpointFacts, "key_id">): Checkpoint {
    const complete = { ...facts, key_id: this.id };
    return { ...complete, seal: this.#mac(complete).toString("hex") };
  }

  /** Whether this key sealed exactly this. */
  sealed({ seal, ...facts }: Checkpoint): boolean {
    const given = Buffer.from(seal, "hex");
    const right = this.#mac(facts);
    return given.length === right.length && timingSafeEqual(given, right);
  }

  #mac({ key_id, writer, seq, hash, at, final, previous }: CheckpointFacts): Buffer {
    const facts = { key_id, writer, seq, hash, at, final, previous };
    return createHmac("sha256", this.#key).update(canonicalJson(facts)).digest();
  }
}

/** Reads a checkpoint; undefined for what is none. */
export function parseCheckpoint(value: unknown): Checkpoint | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { key_id, writer, seq, hash, at, final, previous, seal } = value as Record<string, unknown>;
  const texts = [key_id, writer, hash, at, seal];
  if (!texts.every((text) => typeof text === "string") || !Number.isSafeInteger(seq)) return undefined;
  if (typeof final !== "boolean" || (previous !== null && typeof previous !== "string")) return undefined;
  return { key_id, writer, seq, hash, at, final, previous, seal } as Checkpoint;
}
