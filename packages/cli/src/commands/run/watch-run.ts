import { UnreachableError, type Client, type Run, type RunLogLine } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import { formatLimit, formatSpan } from "../../output/age.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { printable } from "../../output/printable.ts";
import { noPaint } from "../../output/style.ts";
import { lastLines } from "./last-lines.ts";
import { logLineText, plainLogLine } from "./log-line.ts";
import { durationText, runPipeline, stateText } from "./run-view.ts";
import { StatusLine } from "./status-line.ts";

/** What to watch of a run. */
export interface WatchOptions {
  /** Show the lines of output that this lets through. */
  readonly lines?: (line: RunLogLine) => boolean;
  /** Begin the output with this attempt. */
  readonly attempt?: number | undefined;
}

/** Longest time of one request of a wait: how fresh the status line is. */
const STEP_SECONDS = 1;
const RETRY_MS = 1_000;

/**
 * Watches a run until its end, with its progress on stderr and, where asked, its output on stdout. Throws `timed_out`
 * when --timeout passes first; an interruption says that the run goes on.
 */
export async function watchRun(
  context: CommandContext,
  client: Client,
  id: string,
  options: WatchOptions = {},
): Promise<Run> {
  const { terminal, settings } = context;
  const watch = new Watch(context, client, id);
  const goesOn = (): void => {
    watch.status.clear();
    terminal.err(`Run ${id} goes on. Cancel it with: rat run cancel ${id}\n`);
  };
  const timeIsOver = new Error("the time is over");
  const over = new AbortController();
  const { timeoutMs } = settings;
  const signal = AbortSignal.any([terminal.interrupted, over.signal]);
  terminal.interrupted.addEventListener("abort", goesOn, { once: true });
  if (timeoutMs !== undefined) {
    void terminal.sleep(timeoutMs, signal).then(
      () => over.abort(timeIsOver),
      () => undefined,
    );
  }
  const output = options.lines === undefined ? undefined : watch.showOutput(options, signal);
  // Its failure is looked at when it is awaited.
  output?.catch(() => undefined);
  try {
    const run = await watch.untilEnded(signal);
    await output;
    return run;
  } catch (error) {
    if (error !== timeIsOver) throw error;
    throw await watch.timedOut(timeoutMs ?? 0);
  } finally {
    terminal.interrupted.removeEventListener("abort", goesOn);
    watch.status.clear();
    over.abort(new Error("watched to the end"));
  }
}

/** Says how a run ended; the exit code is its outcome. */
export function outcomeOf(context: CommandContext, run: Run): ExitCode {
  const facts = [
    durationText(run) === null ? "" : ` after ${durationText(run)}`,
    run.state !== "success" || run.kind !== "sql" ? "" : `, ${run.rows_written ?? 0} rows`,
    run.reason === "" ? "" : `: ${run.reason}`,
  ];
  context.say(printable(`${stateText(run.state)}  ${runPipeline(run)} ${run.id}${facts.join("")}`));
  return run.state === "success" ? 0 : 1;
}

/** One run that is watched. */
class Watch {
  readonly status: StatusLine;
  readonly #context: CommandContext;
  readonly #client: Client;
  readonly #id: string;
  #latest: Run | undefined;

  constructor(context: CommandContext, client: Client, id: string) {
    this.#context = context;
    this.#client = client;
    this.#id = id;
    this.status = new StatusLine(context.terminal, context.settings.quiet);
  }

  async untilEnded(signal: AbortSignal): Promise<Run> {
    const { terminal, say } = this.#context;
    const begin = terminal.now();
    let { run } = await this.#client.runs.get(this.#id);
    for (;;) {
      this.#latest = run;
      if (isEnded(run)) return run;
      signal.throwIfAborted();
      this.status.set(progressOf(run), formatSpan((terminal.now() - begin) / 1_000));
      try {
        run = await this.#client.runs.wait(this.#id, { seconds: STEP_SECONDS, signal });
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        this.status.around(() => say(`connection lost (${error.reason}); trying again`));
        await terminal.sleep(RETRY_MS, signal);
      }
    }
  }

  async showOutput({ lines = () => true, attempt }: WatchOptions, signal: AbortSignal): Promise<void> {
    const { terminal, settings, say } = this.#context;
    const onRetry = (reason: string, delayMs: number): void =>
      this.status.around(() => say(`output interrupted (${reason}); resuming in ${delayMs} ms`));
    for await (const item of this.#client.runs.follow(this.#id, { attempt, signal, onRetry })) {
      if (item.type === "line" && lines(item.line)) {
        this.status.around(() => terminal.out(logLineText(item.line, settings)));
      }
    }
  }

  /** The error of a wait that took too long: where the run stands, why, and its last lines. */
  async timedOut(limitMs: number): Promise<CliError> {
    const run = this.#latest;
    const lines = await lastLines(this.#client, this.#id).catch(() => []);
    const where = run === undefined ? "not known" : run.state;
    const reason = run === undefined || run.reason === "" ? "" : `: ${run.reason}`;
    if (lines.length > 0) this.#context.say("Its last lines:");
    for (const line of lines) this.#context.say(plainLogLine(line, noPaint, false));
    return new CliError(
      "timed_out",
      `run ${this.#id} is still ${where} after ${formatLimit(limitMs)}${reason}`,
      { steps: [`rat run logs ${this.#id} -f`, `rat run cancel ${this.#id}`] },
    );
  }
}

function isEnded({ state }: Run): boolean {
  return state === "success" || state === "failed" || state === "cancelled";
}

/** What the run does now, and why it does not go on. */
function progressOf(run: Run): string {
  const attempt = run.attempt > 1 ? ` attempt ${run.attempt} of ${run.max_attempts}` : "";
  const cancel = run.cancel_requested ? ", cancelling" : "";
  const reason = run.reason === "" ? "" : `: ${run.reason}`;
  return `${stateText(run.state)}  ${runPipeline(run)}${attempt}${cancel}${reason}`;
}
