/** The result of one check. */
export interface Finding {
  /** What it is about: ratd, services, slots, plugins. */
  readonly group: string;
  /** Stable name of the check within its group, for reports. */
  readonly name: string;
  readonly result: "pass" | "warn" | "fail";
  readonly message: string;
  /** What to do, one step an entry; empty for a pass. */
  readonly try: readonly string[];
}

/** A check that passed. */
export function passed(group: string, name: string, message: string): Finding {
  return { group, name, result: "pass", message, try: [] };
}

/** Something that works and is not as it should be. */
export function warned(group: string, name: string, message: string, steps: readonly string[]): Finding {
  return { group, name, result: "warn", message, try: steps };
}

/** A check that failed: `rat doctor` exits 1. */
export function failed(group: string, name: string, message: string, steps: readonly string[]): Finding {
  return { group, name, result: "fail", message, try: steps };
}
