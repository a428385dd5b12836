import type { Target } from "./target.ts";
import type { Wire } from "./wires.ts";

/** What a case proves: that the plugin is one at all, that it means what the contract means, that it survives. */
export type Level = "core" | "slot" | "robust";

/** One requirement of the contract, as data. */
export interface ConformanceCase {
  /** For example "auth/empty-token"; unique. */
  readonly name: string;
  readonly level: Level;
  /** The only wires on which the case says something; all when absent. */
  readonly wires?: readonly Wire[];
  /** Returns when the plugin passes; throws a {@link Violation} or a {@link Unproven} otherwise. */
  run(target: Target): Promise<void>;
}

/** What was sent, what the contract expects, what came, and how to see it again. */
export interface ViolationDetails {
  readonly sent: string;
  readonly expected: string;
  readonly got: string;
  /** A shell command that repeats the exchange. */
  readonly replay: string;
}

/** The plugin broke the contract. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly details: ViolationDetails;

  constructor(details: ViolationDetails) {
    super(`expected ${details.expected}, got ${details.got}`);
    this.details = details;
  }
}

/** The case could not be decided: the plugin does not offer the ability, or the run lacks something. */
export class Unproven extends Error {
  override readonly name = "Unproven";
  readonly status: "skip" | "not_applicable";

  constructor(status: "skip" | "not_applicable", reason: string) {
    super(reason);
    this.status = status;
  }
}
