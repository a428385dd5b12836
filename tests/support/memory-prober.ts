import type { Observation } from "../../services/ratd/src/health/health.ts";
import type { ProbeListener, ProbeOptions, Prober } from "../../services/ratd/src/health/prober.ts";

const FOUND = {
  well: { kind: "answer", status: "healthy", message: "" },
  hanging: { kind: "failed", message: "no answer in time" },
  gone: { kind: "refused", message: "gone" },
} as const satisfies Record<string, Observation>;

/** A prober whose findings the test decides, without network or time. */
export class MemoryProber implements Prober {
  incomplete = false;
  knock: (() => Promise<void>) | undefined;
  /** What each probe was for, in order. */
  readonly probes: ProbeOptions[] = [];
  #state: keyof typeof FOUND = "well";
  #listener: ProbeListener | undefined;

  listen(listener: ProbeListener): void {
    this.#listener = listener;
  }

  probe(options: ProbeOptions): Promise<Observation> {
    this.probes.push(options);
    return Promise.resolve(FOUND[this.#state]);
  }

  /** Changes what it finds; an end is told at once. */
  become(state: keyof typeof FOUND): void {
    this.#state = state;
    if (state === "gone") this.#listener?.onHint("gone");
  }

  /** Tells what lies between two probes. */
  hint(...args: Parameters<ProbeListener["onHint"]>): void {
    this.#listener?.onHint(...args);
  }

  [Symbol.dispose](): void {
    this.#listener = undefined;
  }
}
