// An executor plugin as a process of its own: it honours run ids also across its own kill -9, and writes a history of
// all that it does. Settings: HISTORY_FILE, HISTORY_SEED, HISTORY_LONG, RAT_PLUGIN_PORT.
import { createClient, type Client } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { RunStatus } from "@rat/contracts/common";
import { RunnerReportService } from "@rat/contracts/runner";
import { createPluginLog, definePlugin, PluginError, RunReporter, servePlugin } from "@rat/plugin-sdk";
import type { RunReport, RunState, SubmitInput } from "@rat/plugin-sdk";
import type { AttemptEnding, StrayAnswer, StraySort } from "../faults/history/history.ts";
import { HistoryFile, type Binding } from "./history-file.ts";
import { Seeded } from "./seeded.ts";

/** Runs at a time. */
const PLACES = 24;
/** How long runs take, milliseconds: a share of them long enough for the lease to lapse under it. */
const SHORT = [5, 300] as const;
const LONG = [300, 2000] as const;
const LONG_SHARE = Number(process.env["HISTORY_LONG"] ?? 0.2);
/** How long ended runs stay in the list of all. */
const LISTED_MS = 5000;

interface Run {
  readonly name: string;
  binding: Binding;
  report: RunReport;
  endedAt: number | undefined;
  timer: NodeJS.Timeout | undefined;
}

const file = HistoryFile.open(process.env["HISTORY_FILE"] ?? "");
// Another life, another chance.
const random = new Seeded(Number(process.env["HISTORY_SEED"] ?? 0) + file.known.length);
const log = createPluginLog({ name: "history", slot: "executor", level: "error", secrets: [] });
const runs = new Map<string, Run>();
const reporter = new RunReporter({
  log,
  now: () => new Date(),
  heartbeatMs: 500,
  onStop: (name) => {
    const run = runs.get(name);
    if (run !== undefined) end(run, "cancelled");
  },
});

const clients = new Map<string, Client<typeof RunnerReportService>>();
function clientOf(url: string): Client<typeof RunnerReportService> {
  const client =
    clients.get(url) ??
    createClient(
      RunnerReportService,
      createConnectTransport({ baseUrl: url, httpVersion: "1.1", defaultTimeoutMs: 5000 }),
    );
  clients.set(url, client);
  return client;
}

function begin(run: Run): void {
  const [low, high] = random.chance(LONG_SHARE) ? LONG : SHORT;
  run.timer = setTimeout(
    () => end(run, random.chance(0.05) ? "failed" : "success"),
    random.between(low, high),
  );
  reporter.attach(run.binding).status({ status: "running" });
  if (random.chance(0.1)) forge(run);
}

function end(run: Run, as: AttemptEnding): void {
  if (run.endedAt !== undefined) return;
  clearTimeout(run.timer);
  // Written before anybody hears of it: what was told is still true after a kill.
  file.append({ kind: "ended", name: run.name, as });
  run.endedAt = Date.now();
  run.report = reportOf(as);
  const reports = reporter.attach(run.binding);
  reports.status(run.report);
  void reports.settled.then(() => reporter.forget(run.name));
  if (random.chance(0.15)) {
    stray(run.name, "repeated", run.binding, WIRE[run.report.status], run.report.error ?? "");
  }
  if (random.chance(0.1)) forge(run);
}

function reportOf(as: AttemptEnding): RunReport {
  if (as === "lost") return { status: "failed", error: "lost: the executor was killed" };
  return as === "failed" ? { status: "failed", error: "exit code 1", exitCode: 1 } : { status: as };
}

const WIRE: Readonly<Record<RunState, RunStatus>> = {
  pending: RunStatus.PENDING,
  running: RunStatus.RUNNING,
  success: RunStatus.SUCCESS,
  failed: RunStatus.FAILED,
  cancelled: RunStatus.CANCELLED,
};
const STRAY_STATES = [RunStatus.RUNNING, RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED] as const;

/** A report with a token that is not that of its attempt and epoch. */
function forge(run: Run): void {
  const { binding } = run;
  const next = { ...binding, epoch: binding.epoch + 1n };
  const other = [...runs.values()].find(({ name }) => name !== run.name)?.binding.token ?? "guessed";
  const forged = random.pick([next, { ...binding, token: other }]);
  stray(run.name, "forged", forged, random.pick(STRAY_STATES), "forged");
}

/** Sends, now or later, what ratd should not take. */
function stray(name: string, sort: StraySort, binding: Binding, status: RunStatus, error: string): void {
  const { runId, epoch, token, reportUrl } = binding;
  const send = async (): Promise<StrayAnswer> => {
    try {
      await clientOf(reportUrl).reportStatus({ runId, epoch, token, status, error });
      return "taken";
    } catch (reason) {
      return isRefused(reason) ? "refused" : "unanswered";
    }
  };
  const later = () => void send().then((answer) => file.append({ kind: "stray", name, sort, answer }));
  setTimeout(later, random.between(0, 1200));
}

/** Whether ratd itself said no. */
function isRefused(reason: unknown): boolean {
  return reason instanceof Error && /^\[(failed_precondition|unauthenticated)\]/.test(reason.message);
}

function submit(input: SubmitInput): { status: RunState } {
  const { runId: name, epoch, token, reportUrl } = input;
  const binding = { runId: name, epoch, token, reportUrl };
  const known = runs.get(name);
  if (known === undefined) {
    const active = [...runs.values()].filter(({ endedAt }) => endedAt === undefined).length;
    if (active >= PLACES) throw new PluginError("resource_exhausted", `${active} runs are under way`);
    file.append({ kind: "submitted", name, binding }, { kind: "started", name });
    const run: Run = { name, binding, report: { status: "running" }, endedAt: undefined, timer: undefined };
    runs.set(name, run);
    begin(run);
    return { status: "running" };
  }
  if (epoch < known.binding.epoch) {
    file.append({ kind: "refused", name, epoch: String(epoch) });
    throw new PluginError("failed_precondition", `epoch ${epoch} is over`);
  }
  file.append({ kind: "submitted", name, binding });
  const former = known.binding;
  known.binding = binding;
  if (epoch > former.epoch) {
    stray(
      name,
      "late",
      { ...former, reportUrl: random.pick([former.reportUrl, reportUrl]) },
      random.pick(STRAY_STATES),
      "late",
    );
  }
  const reports = reporter.attach(binding);
  reports.status(known.report);
  if (known.endedAt !== undefined) void reports.settled.then(() => reporter.forget(name));
  return { status: known.report.status };
}

function get(name: string): Run {
  const run = runs.get(name);
  if (run === undefined) throw new PluginError("not_found", `${name} is not known`);
  return run;
}

// What was under way when this process was killed goes on, or is told as lost.
for (const { name, binding, ending } of file.known) {
  const endedAt = ending === undefined ? undefined : 0;
  const report = ending === undefined ? { status: "running" as const } : reportOf(ending);
  const run: Run = { name, binding, report, endedAt, timer: undefined };
  runs.set(name, run);
}
file.append({ kind: "boot" });
for (const run of runs.values()) {
  if (run.endedAt !== undefined) continue;
  if (random.chance(0.5)) {
    end(run, "lost");
  } else {
    file.append({ kind: "resumed", name: run.name });
    begin(run);
  }
}

await servePlugin(
  definePlugin("executor", {
    name: "history",
    version: "0.1.0",
    stop: () => reporter[Symbol.asyncDispose](),
    submit,
    cancel: ({ runId }) => {
      const run = get(runId);
      if (run.endedAt !== undefined) return { cancelled: false };
      end(run, "cancelled");
      return { cancelled: true };
    },
    getRunStatus: ({ runId }) => {
      const { report, binding } = get(runId);
      return { ...report, epoch: binding.epoch };
    },
    listRuns: () => {
      const shown = [...runs.values()].filter(
        ({ endedAt }) => endedAt === undefined || endedAt > Date.now() - LISTED_MS,
      );
      return {
        runs: shown.map(({ name, binding, report }) => ({
          runId: name,
          epoch: binding.epoch,
          status: report.status,
        })),
        capacity: PLACES,
      };
    },
  }),
);
