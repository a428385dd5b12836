import type { ProbeListener, Prober } from "./prober.ts";

/** A process as far as its end can be told: one start of it. */
export interface EndingProcess {
  /** Resolves when it has ended, to how: `exit code 1`, `signal SIGKILL`. Never rejects. */
  readonly ended: Promise<string>;
}

/** Takes a process for healthy as long as it runs, and tells of its end at once. */
export function processProber({ ended }: EndingProcess): Prober {
  let end: string | undefined;
  let listener: ProbeListener | undefined;
  void ended.then((how) => {
    end = how;
    listener?.onHint("gone");
  });
  return {
    incomplete: false,
    knock: undefined,
    listen(one) {
      listener = one;
    },
    probe: () =>
      Promise.resolve(
        end === undefined
          ? { kind: "answer", status: "healthy", message: "" }
          : { kind: "refused", message: `the process has ended: ${end}` },
      ),
    [Symbol.dispose]() {
      listener = undefined;
    },
  };
}
