import type { AttemptEnding, ExecutorEvent } from "./history.ts";
import type { Violation } from "./violation.ts";

/** What the executor did with one attempt. */
export interface Execution {
  readonly name: string;
  readonly starts: number;
  readonly ends: readonly AttemptEnding[];
}

/** What the executor did, by the name of the attempt. */
export function readExecutions(events: readonly ExecutorEvent[]): ReadonlyMap<string, Execution> {
  const executions = new Map<string, Execution>();
  const get = (name: string) => executions.get(name) ?? { name, starts: 0, ends: [] };
  for (const event of events) {
    if (event.kind === "started") {
      const known = get(event.name);
      executions.set(event.name, { ...known, starts: known.starts + 1 });
    } else if (event.kind === "ended") {
      const known = get(event.name);
      executions.set(event.name, { ...known, ends: [...known.ends, event.as] });
    }
  }
  return executions;
}

/** The run that an attempt belongs to. */
export function runOf(name: string): string {
  return name.slice(0, name.lastIndexOf("."));
}

/** What must hold at the executor alone, whatever the tables say. */
export function checkExecutor(
  events: readonly ExecutorEvent[],
  executions: ReadonlyMap<string, Execution>,
): readonly Violation[] {
  const violations: Violation[] = [];
  for (const { name, starts, ends } of executions.values()) {
    if (starts > 1) violations.push({ rule: "started twice", of: name, detail: `${starts} starts` });
    if (ends.length > 1) violations.push({ rule: "ended twice", of: name, detail: ends.join(", ") });
  }
  const successes = Map.groupBy(
    [...executions.values()].filter(({ ends }) => ends.includes("success")),
    ({ name }) => runOf(name),
  );
  for (const [run, attempts] of successes) {
    if (attempts.length < 2) continue;
    const names = attempts.map(({ name }) => name).join(", ");
    violations.push({ rule: "completed twice", of: run, detail: `ended well as ${names}` });
  }
  return [...violations, ...overlaps(events), ...strays(events)];
}

function overlaps(events: readonly ExecutorEvent[]): readonly Violation[] {
  const violations: Violation[] = [];
  const underWay = new Map<string, Set<string>>();
  for (const event of events) {
    if (event.kind !== "started" && event.kind !== "resumed" && event.kind !== "ended") continue;
    const run = runOf(event.name);
    const names = underWay.get(run) ?? new Set();
    underWay.set(run, names);
    if (event.kind === "ended") {
      names.delete(event.name);
      continue;
    }
    for (const other of names) {
      if (other === event.name) continue;
      violations.push({ rule: "overlap", of: event.name, detail: `${other} was still under way` });
    }
    names.add(event.name);
  }
  return violations;
}

function strays(events: readonly ExecutorEvent[]): readonly Violation[] {
  return events.flatMap((event): Violation[] => {
    if (event.kind !== "stray" || event.answer !== "taken" || event.sort === "repeated") return [];
    const rule = event.sort === "forged" ? "forgery taken" : "stale write taken";
    return [{ rule, of: event.name, detail: `ratd took a report that was ${event.sort}` }];
  });
}
