import type { Database } from "./support/database.ts";

/** One figure: what was measured, and how it is written in the table. */
export interface Measure {
  /** What was measured; empty for ours. */
  readonly label: string;
  readonly value: number;
  readonly unit: "ms" | "req/s" | "runs/s" | "lines/s" | "MB" | "kB";
  /** Further figures of the same thing, for example percentiles. */
  readonly detail?: string;
}

/** A bound on the ratio ours/reference, or on our own figure. */
export interface Goal {
  readonly of: "ratio" | "ours";
  readonly bound: "at most" | "at least";
  readonly value: number;
}

/** One line of the table. A reference that is a text says why there is none. */
export interface Row {
  readonly work: string;
  readonly ours: Measure;
  readonly reference?: Measure | string;
  readonly goal?: Goal;
}

/** What benchmarks share. */
export interface BenchContext {
  /** Small counts: shows that everything runs; the figures mean nothing. */
  readonly quick: boolean;
  /** A PostgreSQL for all benchmarks, started when it is first asked for. */
  readonly database: Database;
}

/** Compares one kind of work of ratd with the same work done otherwise, side by side in one run. */
export interface Benchmark {
  readonly name: string;
  /** One sentence: what is compared with what. */
  readonly about: string;
  readonly run: (context: BenchContext) => Promise<readonly Row[]>;
}

/** Ours divided by the reference; undefined without a reference. */
export function ratioOf({ ours, reference }: Row): number | undefined {
  return typeof reference === "object" ? ours.value / reference.value : undefined;
}

/** Whether the row meets its goal; undefined without a goal or without what it is about. */
export function isMet(row: Row): boolean | undefined {
  const { goal, ours } = row;
  const value = goal?.of === "ratio" ? ratioOf(row) : ours.value;
  if (goal === undefined || value === undefined) return undefined;
  return goal.bound === "at most" ? value <= goal.value : value >= goal.value;
}
