import { openSync, readFileSync, writeSync } from "node:fs";
import type { AttemptEnding, ExecutorEvent } from "../faults/history/history.ts";
import { parseExecutorEvents } from "../faults/history/parse-history.ts";

/** Under which epoch and token an attempt reports, and where. */
export interface Binding {
  readonly runId: string;
  readonly epoch: bigint;
  readonly token: string;
  readonly reportUrl: string;
}

/** An event; a submission with all that it takes to go on after a kill. */
export type FiledEvent =
  | Exclude<ExecutorEvent, { readonly kind: "submitted" }>
  | { readonly kind: "submitted"; readonly name: string; readonly binding: Binding };

/** An attempt as the file knows it. */
export interface FiledRun {
  readonly name: string;
  readonly binding: Binding;
  readonly ending: AttemptEnding | undefined;
}

/** The history of an executor, which is its memory at the same time: one JSON object a line, appended at once. */
export class HistoryFile {
  readonly #descriptor: number;
  /** What earlier processes had started. */
  readonly known: readonly FiledRun[];

  private constructor(descriptor: number, known: readonly FiledRun[]) {
    this.#descriptor = descriptor;
    this.known = known;
  }

  static open(path: string): HistoryFile {
    const descriptor = openSync(path, "a+");
    const text = readFileSync(path, "utf8");
    // A line that a kill cut short has not happened.
    if (text !== "" && !text.endsWith("\n")) writeSync(descriptor, "\n");
    return new HistoryFile(descriptor, readKnown(text));
  }

  /** Writes events in one piece: the operating system has them when this returns. */
  append(...events: readonly FiledEvent[]): void {
    writeSync(this.#descriptor, events.map((event) => `${JSON.stringify(toLine(event))}\n`).join(""));
  }
}

function toLine(event: FiledEvent): object {
  if (event.kind !== "submitted") return event;
  const { epoch, token, reportUrl } = event.binding;
  return { kind: event.kind, name: event.name, epoch: String(epoch), token, reportUrl };
}

function readKnown(text: string): readonly FiledRun[] {
  const bindings = new Map<string, Binding>();
  const started = new Set<string>();
  const endings = new Map<string, AttemptEnding>();
  for (const event of parseExecutorEvents(text)) {
    if (event.kind === "submitted") {
      const { name, epoch, token = "", reportUrl = "" } = event;
      bindings.set(name, { runId: name, epoch: BigInt(epoch), token, reportUrl });
    } else if (event.kind === "started") started.add(event.name);
    else if (event.kind === "ended") endings.set(event.name, event.as);
  }
  return [...started].flatMap((name) => {
    const binding = bindings.get(name);
    return binding === undefined ? [] : [{ name, binding, ending: endings.get(name) }];
  });
}
