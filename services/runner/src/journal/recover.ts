import type { PluginLog, RunReport } from "@rat/plugin-sdk";
import { presenceOf } from "@rat/processes";
import { killRun } from "../system/run-processes.ts";
import type { Journal } from "./journal.ts";
import type { JournalEntry } from "./journal-entry.ts";

/** What a run that was under way when the runner ended answers afterwards. */
const LOST: RunReport = { status: "failed", error: "lost: the runner ended while the run was under way" };

/**
 * Reads what an earlier runner left: ends what still runs of it, and closes the entries of those runs, with the end that
 * their programs had come to where they had. Runs before the server listens, so that nobody is told of an end that has not come.
 */
export async function recover(
  journal: Journal,
  deps: { readonly boot: string; readonly log: PluginLog; readonly now: () => Date },
): Promise<readonly JournalEntry[]> {
  const { boot, log, now } = deps;
  return Promise.all(
    journal.read().map(async (entry) => {
      if (entry.ended !== undefined) return entry;
      if (entry.boot === boot && !(await killLeft(entry))) {
        log.error({ runId: entry.runId }, "processes of a lost run could not be killed");
      }
      const left = journal.leftEnd(entry.runId);
      if (left === undefined) log.warn({ runId: entry.runId }, "a run was lost with an earlier runner");
      const { at, report } = left ?? { at: now(), report: entry.stopped ?? LOST };
      const durationMs = Math.max(0, at.getTime() - entry.startedAt.getTime());
      const closed = { ...entry, ended: { at, report: { ...report, ...entry.stopped, durationMs } } };
      journal.write(closed);
      return closed;
    }),
  );
}

async function killLeft({ mark, leader }: JournalEntry): Promise<boolean> {
  // The number may be another process's by now: only the start time tells.
  const same = leader?.startTime !== undefined && presenceOf(leader) !== "gone";
  if (same) {
    try {
      process.kill(-leader.pid, "SIGKILL");
    } catch {
      // The group has ended meanwhile.
    }
  }
  return killRun({ mark, leader: same ? leader : undefined, uid: undefined });
}
