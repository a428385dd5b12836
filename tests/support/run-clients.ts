import { setTimeout } from "node:timers/promises";
import type { Acknowledged } from "../faults/history/history.ts";
import type { Seeded } from "./seeded.ts";

/** How long a client waits for an answer before it asks again. */
const ANSWER_MS = 2000;
const AGAIN_MS = 100;
/** Requests that a client sends at once, at most, and its pause after them. */
const BURST = 12;
const PAUSE_MS = 2000;
const CLIENTS = 4;
/** Shares of requests that are sent twice at once, and of runs that are cancelled. */
const TWICE = 0.1;
const CANCELLED = 0.08;

/** What clients do: start so many runs, each under a key of its own. */
export interface RunClientsOptions {
  readonly runs: number;
  readonly random: Seeded;
  readonly pipelines: readonly [string, ...string[]];
  /** Where the ratd are that live. */
  readonly urls: () => readonly string[];
}

/** Clients that repeat each request, at any ratd, until it is answered. */
export class RunClients {
  readonly #options: RunClientsOptions;
  readonly #cancels = new Set<Promise<void>>();
  #next = 0;
  readonly acknowledged: Acknowledged[] = [];
  /** Answers that no outage explains. */
  readonly surprises: string[] = [];
  cancels = 0;

  constructor(options: RunClientsOptions) {
    this.#options = options;
  }

  /** Settles when every run was acknowledged. */
  async work(): Promise<void> {
    await Promise.all(Array.from({ length: CLIENTS }, () => this.#client()));
    await Promise.all(this.#cancels);
  }

  async #client(): Promise<void> {
    const { random, runs } = this.#options;
    while (this.#next < runs) {
      const burst = Math.min(runs - this.#next, Math.ceil(random.between(0, BURST)));
      const numbers = Array.from({ length: burst }, () => (this.#next += 1));
      await Promise.all(numbers.map((number) => this.#start(`key-${number}`)));
      await setTimeout(random.between(0, PAUSE_MS));
    }
  }

  async #start(key: string): Promise<void> {
    const { random, pipelines } = this.#options;
    const body = JSON.stringify({ layer: "bronze", pipeline: random.pick(pipelines) });
    const times = random.chance(TWICE) ? 2 : 1;
    const cancelled = random.chance(CANCELLED) ? random.between(0, 500) : undefined;
    const ids = await Promise.all(Array.from({ length: times }, () => this.#submit(key, body)));
    const [run] = ids;
    if (run === undefined || cancelled === undefined) return;
    const cancel = this.#cancel(run, cancelled).finally(() => this.#cancels.delete(cancel));
    this.#cancels.add(cancel);
  }

  async #submit(key: string, body: string): Promise<string> {
    for (;;) {
      const text = await this.#send("/api/v1/runs", body, { "idempotency-key": key });
      const run = /"id":\s*"([0-9a-f]{26})"/.exec(text ?? "")?.[1];
      if (run !== undefined) {
        this.acknowledged.push({ key, run });
        return run;
      }
      await setTimeout(AGAIN_MS);
    }
  }

  async #cancel(run: string, afterMs: number): Promise<void> {
    await setTimeout(afterMs);
    if ((await this.#send(`/api/v1/runs/${run}/cancel`, "{}")) !== undefined) this.cancels += 1;
  }

  /** Answers the body of a success; undefined when there was none. */
  async #send(
    path: string,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string | undefined> {
    const [first, ...others] = this.#options.urls();
    if (first === undefined) return undefined;
    const url = new URL(path, this.#options.random.pick([first, ...others]));
    try {
      const response = await fetch(url, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...headers },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const text = await response.text();
      if (response.ok) return text;
      // 409: the run had ended before it could be cancelled.
      const expected = response.status === 503 || (response.status === 409 && path.endsWith("/cancel"));
      if (!expected) this.surprises.push(`${path}: ${response.status} ${text}`);
    } catch {
      // Killed, paused or cut off: nobody knows whether it was taken.
    }
    return undefined;
  }
}
