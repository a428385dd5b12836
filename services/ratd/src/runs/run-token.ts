import { createHmac, timingSafeEqual } from "node:crypto";

/** Makes and checks the tokens that bind an executor's reports to one attempt and one epoch. */
export class RunTokens {
  readonly #key: Uint8Array;

  /** `key` is shared by all replicas: at least 32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The token of an attempt under an epoch. Secret. */
  issue(attemptName: string, epoch: bigint): string {
    return this.#digest(attemptName, epoch).toString("base64url");
  }

  /** Whether `token` is that of this attempt and epoch; takes the same time for every wrong one. */
  verify(attemptName: string, epoch: bigint, token: string): boolean {
    const given = Buffer.from(token, "base64url");
    const wanted = this.#digest(attemptName, epoch);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  #digest(attemptName: string, epoch: bigint): Buffer {
    return createHmac("sha256", this.#key).update(`run ${attemptName} ${epoch}`).digest();
  }
}
