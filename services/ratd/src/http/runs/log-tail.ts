import type { ServerResponse } from "node:http";
import type { Clock } from "../../platform/clock.ts";
import type { LogReader, RunLogs } from "../../runs/logs/run-logs.ts";
import type { LogLine } from "../../runs/logs/log-store.ts";
import { isFinal, type Run } from "../../runs/run.ts";
import type { RunStore } from "../../runs/run-store.ts";
import type { RunWatch } from "../../runs/run-watch.ts";
import { beginEvents, KEEP_ALIVE_MS } from "../kit/server-sent-events.ts";
import { logLineView } from "./runs-views.ts";

/** Lines of an attempt that is over that are read at a time. */
const PAGE = 1000;

/** Where a client stands in the output of a run. */
export interface LogPosition {
  readonly attempt: number;
  readonly offset: number;
}

/** What a tail reads from. */
export interface LogTailDeps {
  readonly logs: Pick<RunLogs, "follow" | "read">;
  readonly store: Pick<RunStore, "get">;
  readonly watch: RunWatch;
  readonly clock: Clock;
  /** Headers that the layers have set. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The live output of one run over `text/event-stream`: `line` events whose id is `<attempt>:<offset>`, then `end` with
 * the state of the run. It goes at the pace of its client: what does not fit is read when the client has caught up.
 */
export class LogTail {
  readonly #response: ServerResponse;
  readonly #deps: LogTailDeps;
  readonly #run: string;
  #position: LogPosition;
  #reader: LogReader | undefined;
  #unwatch: () => void = () => undefined;
  #cancelKeepAlive: () => void = () => undefined;
  #news = Promise.withResolvers<void>();
  #ended = false;

  constructor(response: ServerResponse, run: Run, position: LogPosition, deps: LogTailDeps) {
    this.#response = response;
    this.#run = run.id;
    this.#position = position;
    this.#deps = deps;
  }

  /** Sends everything from the position on until the run has ended. Never rejects. */
  async open(): Promise<void> {
    beginEvents(this.#response, this.#deps.headers);
    this.#unwatch = this.#deps.watch.watch(this.#run, this.#wake);
    this.#keepAlive();
    try {
      while (!this.#ended && (await this.#advance())) {
        await this.#news.promise;
        this.#news = Promise.withResolvers();
      }
    } catch {
      // The database is away: the client comes back and resumes where it was.
    }
    this.end();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake();
    this.#unwatch();
    this.#reader?.[Symbol.dispose]();
    this.#cancelKeepAlive();
    this.#response.end();
  }

  /** Sends what there is; false when nothing will follow. */
  async #advance(): Promise<boolean> {
    // Asked before the lines are read: what an ended run has written is then there.
    const run = await this.#deps.store.get(this.#run);
    const { logs } = this.#deps;
    const { attempt } = this.#position;
    // Word of the last lines may be on its way: once there are no more to come they are looked up.
    const over = isFinal(run.state) || run.attempt > attempt;
    const feed = over ? undefined : (this.#reader ??= logs.follow(this.#run, attempt, this.#wake));
    for (;;) {
      const { offset } = this.#position;
      const lines =
        feed === undefined
          ? (await logs.read(this.#run, attempt, offset, PAGE)).lines
          : await feed.lines(offset);
      if (lines.length === 0) break;
      await this.#send(lines);
      if (this.#ended) return false;
    }
    if (run.attempt > attempt) {
      this.#reader?.[Symbol.dispose]();
      this.#reader = undefined;
      this.#position = { attempt: attempt + 1, offset: 0 };
      return this.#advance();
    }
    if (!isFinal(run.state)) return true;
    this.#response.write(
      `event: end\ndata: ${JSON.stringify({ state: run.state, reason: run.reason, exit_code: run.exitCode })}\n\n`,
    );
    return false;
  }

  async #send(lines: readonly LogLine[]): Promise<void> {
    const { attempt } = this.#position;
    let text = "";
    for (const line of lines) {
      const data = logLineView(attempt, line);
      text += `id: ${attempt}:${line.offset}\nevent: line\ndata: ${JSON.stringify(data)}\n\n`;
    }
    this.#position = { attempt, offset: (lines.at(-1)?.offset ?? 0) + 1 };
    if (this.#ended || this.#response.write(text)) return;
    await new Promise<void>((resolve) => {
      this.#response.once("drain", resolve);
      this.#response.once("close", resolve);
    });
  }

  #keepAlive(): void {
    this.#cancelKeepAlive = this.#deps.clock.after(KEEP_ALIVE_MS, () => {
      if (!this.#response.writableNeedDrain) this.#response.write(": keep-alive\n\n");
      // A look behind the messages between ratd, which may get lost.
      this.#wake();
      this.#keepAlive();
    });
  }

  readonly #wake = (): void => this.#news.resolve();
}
