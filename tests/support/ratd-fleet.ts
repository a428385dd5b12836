import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { RatdProcess } from "./ratd-process.ts";

const SHIFTED_CLOCK = pathToFileURL(resolve(import.meta.dirname, "shifted-clock.ts")).href;
const STALE_WRITES = /^rat_run_stale_writes_total(?:\{[^}]*\})? (\S+)$/gm;
const SCRAPE_TIMEOUT_MS = 300;

/** What the processes of a fleet have in common. */
export interface RatdFleetOptions {
  readonly databaseUrl: string;
  readonly yaml: object;
  /** One process each: how wrong its calendar clock is, in milliseconds. */
  readonly clockShifts: readonly number[];
}

/** One ratd that is started again whenever it was killed. */
class Member {
  readonly #options: RatdFleetOptions;
  readonly #shiftMs: number;
  #process: RatdProcess | undefined;
  #url: string | undefined;
  #paused = false;
  /** Stale writes that processes counted which are gone, and those of the present one. */
  #staleBefore = 0;
  #staleNow = 0;
  /** Settles when what is being done to it is over. */
  busy: Promise<void> = Promise.resolve();

  constructor(options: RatdFleetOptions, shiftMs: number) {
    this.#options = options;
    this.#shiftMs = shiftMs;
  }

  get url(): string | undefined {
    return this.#url;
  }

  get up(): boolean {
    return this.#url !== undefined && !this.#paused;
  }

  get staleWrites(): number {
    return this.#staleBefore + this.#staleNow;
  }

  async start(): Promise<void> {
    this.#process = new RatdProcess({
      yaml: this.#options.yaml,
      env: {
        DATABASE_URL: this.#options.databaseUrl,
        NODE_OPTIONS: `--import ${SHIFTED_CLOCK}`,
        RAT_TEST_CLOCK_SHIFT_MS: String(this.#shiftMs),
      },
    });
    this.#url = await this.#process.url();
  }

  async killAndStart(): Promise<void> {
    await this.scrape();
    this.#url = undefined;
    await this.#end("SIGKILL");
    await this.start();
  }

  async pause(ms: number): Promise<void> {
    const ratd = this.#process;
    this.#paused = true;
    ratd?.signal("SIGSTOP");
    await setTimeout(ms);
    ratd?.signal("SIGCONT");
    this.#paused = false;
  }

  /** Reads its metrics; one that does not answer keeps what it said before. */
  async scrape(): Promise<void> {
    if (this.#url === undefined) return;
    try {
      const response = await fetch(new URL("/metrics", this.#url), {
        signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS),
      });
      const values = [...(await response.text()).matchAll(STALE_WRITES)].map(([, value]) => Number(value));
      this.#staleNow = values.reduce((sum, value) => sum + value, 0);
    } catch {
      // It is being killed, or is busy: a lower bound is enough.
    }
  }

  async stop(): Promise<void> {
    await this.busy;
    await this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#process?.signal(signal);
    await this.#process?.[Symbol.asyncDispose]();
    this.#staleBefore += this.#staleNow;
    this.#staleNow = 0;
  }
}

/** Several replicas, each a process. */
export class RatdFleet implements AsyncDisposable {
  readonly #members: readonly Member[];

  private constructor(members: readonly Member[]) {
    this.#members = members;
  }

  static async start(options: RatdFleetOptions): Promise<RatdFleet> {
    const fleet = new RatdFleet(options.clockShifts.map((shiftMs) => new Member(options, shiftMs)));
    await Promise.all(fleet.#members.map((member) => member.start()));
    return fleet;
  }

  /** Addresses of those that live; one that is paused is among them. */
  get urls(): readonly string[] {
    return this.#members.flatMap(({ url }) => (url === undefined ? [] : [url]));
  }

  /** Stale writes that all of them have refused, at least. */
  get staleWrites(): number {
    return this.#members.reduce((sum, member) => sum + member.staleWrites, 0);
  }

  /** Kills one that is up, the first from `index` on, and starts it again; answers false when none is. */
  kill(index: number): boolean {
    return this.#begin(index, (member) => member.killAndStart());
  }

  /** Stops one for a while, without its noticing; chosen as for a kill. */
  pause(index: number, ms: number): boolean {
    return this.#begin(index, (member) => member.pause(ms));
  }

  async scrape(): Promise<void> {
    await Promise.all(this.#members.filter(({ up }) => up).map((member) => member.scrape()));
  }

  /** Waits until nothing is being done to any of them. */
  async calm(): Promise<void> {
    await Promise.all(this.#members.map(({ busy }) => busy));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop()));
  }

  #begin(index: number, work: (member: Member) => Promise<void>): boolean {
    const from = index % this.#members.length;
    const member = [...this.#members.slice(from), ...this.#members.slice(0, from)].find(({ up }) => up);
    if (member === undefined) return false;
    member.busy = work(member);
    return true;
  }
}
