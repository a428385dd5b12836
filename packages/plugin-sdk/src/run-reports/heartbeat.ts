import type { PluginLog } from "../plugin-log.ts";
import type { Binding, PushedRun } from "./pushed-run.ts";
import { isRefusal, type ReportLink } from "./report-link.ts";

/** What one heartbeat may hold. */
const MAX_PROOFS = 1000;

/** A run with the binding that it had when the heartbeat began. */
interface Beat {
  readonly run: PushedRun;
  readonly binding: Binding;
}

/** Who hears that a run must stop. */
export interface HeartbeatDeps {
  readonly log: PluginLog;
  readonly onStop: (runId: string) => void;
}

/** Says of runs that they are alive, all of an address in as few calls as possible. */
export async function beat(runs: readonly PushedRun[], deps: HeartbeatDeps): Promise<void> {
  const beats = runs.filter((run) => run.alive).map((run) => ({ run, binding: run.binding }));
  const calls: Promise<void>[] = [];
  for (const [link, group] of Map.groupBy(beats, ({ binding }) => binding.link)) {
    if (link === undefined) continue;
    for (let from = 0; from < group.length; from += MAX_PROOFS) {
      calls.push(beatOne(link, group.slice(from, from + MAX_PROOFS), deps));
    }
  }
  await Promise.all(calls);
}

async function beatOne(link: ReportLink, beats: readonly Beat[], deps: HeartbeatDeps): Promise<void> {
  try {
    const stops = new Set(await link.heartbeat(beats.map(({ binding }) => binding)));
    for (const { run, binding } of beats) {
      // Bound anew meanwhile: what ratd said of the former epoch does not concern the present one.
      if (stops.has(binding.runId) && run.binding === binding && run.alive) deps.onStop(binding.runId);
    }
  } catch (error) {
    // ratd is away: its lease and its polls decide, and the next heartbeat comes soon.
    if (!isRefusal(error)) return;
    const [only] = beats;
    if (beats.length === 1 && only !== undefined) {
      const { runId, epoch } = only.binding;
      deps.log.warn({ runId, epoch: String(epoch), err: error }, "heartbeat refused");
      only.run.refuse(only.binding);
      return;
    }
    // One bad proof must not silence the others: halves find it.
    const half = Math.ceil(beats.length / 2);
    await Promise.all([beatOne(link, beats.slice(0, half), deps), beatOne(link, beats.slice(half), deps)]);
  }
}
