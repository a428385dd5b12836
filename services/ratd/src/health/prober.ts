import type { Observation } from "./health.ts";

/** What a probe is for. */
export interface ProbeOptions {
  /** `missing` asks only those parts that did not answer before, while the others serve. */
  readonly scope: "all" | "missing";
  /** Nothing that was found out before is relied on: names are looked up anew. */
  readonly anew: boolean;
}

/** What a prober noticed between two probes. */
export type Hint =
  /** Something ended that may have ended by itself: worth a look, though not without end. */
  | "lost"
  /** A call failed. */
  | "failed"
  /** Nobody is there any more: worth a look at once, every time. */
  | "gone";

/** Hears what comes between two probes. Must not throw. */
export interface ProbeListener {
  readonly onHint: (hint: Hint) => void;
  /** The plugin has told of its health by itself. */
  readonly onWord: (observation: Observation) => void;
}

/**
 * How one asks a plugin for its health: by RPC at each of its addresses, by HTTP, by whether its process runs. When to
 * ask, and what follows from the answers, is the monitor's.
 */
export interface Prober extends Disposable {
  /** Asks once. Resolves within the prober's own time limit, and never rejects. */
  probe(options: ProbeOptions): Promise<Observation>;
  /** Whether a part of the plugin is left out, which wants to be asked again sooner than the rest. */
  readonly incomplete: boolean;
  /**
   * Looks whether somebody is still there, without asking for health; rejects when not. Undefined while an end would
   * show itself as a hint.
   */
  readonly knock: (() => Promise<void>) | undefined;
  /** Takes the one listener, before the first probe. */
  listen(listener: ProbeListener): void;
}
