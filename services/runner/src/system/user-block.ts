import type { Account } from "@rat/processes";
import { claim } from "./exclusive.ts";
import { listProcesses, userOf } from "./proc.ts";

const BLOCK = 64;
const BLOCKS = 64;

/**
 * Users for runs, one a place, that no other runner of this machine hands out at the same time.
 */
export class UserBlock {
  readonly #first: number;
  readonly #claimed: Disposable;

  private constructor(first: number, claimed: Disposable) {
    this.#first = first;
    this.#claimed = claimed;
  }

  /** Claims the first free block from `base` on; undefined when all are taken, or the runner is not root. */
  static async claim(base: number): Promise<UserBlock | undefined> {
    if (base === 0 || process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
    for (let block = 0; block < BLOCKS; block += 1) {
      const first = base + block * BLOCK;
      const claimed = await claim(`users-${first}`);
      if (claimed === undefined) continue;
      const users = new UserBlock(first, claimed);
      users.#killLeft();
      return users;
    }
    return undefined;
  }

  /** The user of a place. */
  uidOf(place: number): number {
    return this.#first + place;
  }

  /** One of the users, to ask what they can reach: they own nothing outside of their runs. */
  get account(): Account {
    return { uid: this.#first, gid: this.#first };
  }

  release(): void {
    this.#claimed[Symbol.dispose]();
  }

  /** Whoever had these users before is gone: so must be what it started. */
  #killLeft(): void {
    for (const { pid } of listProcesses()) {
      const uid = userOf(pid);
      if (uid === undefined || uid < this.#first || uid >= this.#first + BLOCK) continue;
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}
