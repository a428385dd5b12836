import type { Database } from "../../platform/database/database.ts";

/** One line of output, as it is kept. */
export interface LogLine {
  /** Number of the line within its attempt, from 0. */
  readonly offset: number;
  /** When it was written, milliseconds since 1970. */
  readonly at: number;
  readonly level: string;
  readonly message: string;
}

/** Lines of one attempt that came together. */
export interface LogBatch {
  readonly run: string;
  readonly attempt: number;
  readonly epoch: bigint;
  /** Number of the first line. */
  readonly first: number;
  readonly lines: readonly Omit<LogLine, "offset">[];
}

/** Lines read at a time. */
export interface LogPage {
  readonly lines: readonly LogLine[];
  /** Where to read on. */
  readonly next: number;
}

type Entry = readonly [at: number, level: string, message: string];

/** The output of runs in the database. */
export class LogStore {
  readonly #database: Database;
  readonly #limit: number;

  /** `limit`: bytes kept of one attempt. */
  constructor(database: Database, limit: number) {
    this.#database = database;
    this.#limit = limit;
  }

  /** Appends lines; what is known already is left out. Answers the next number, or `stale` for another epoch. */
  async append({ run, attempt, epoch, first, lines }: LogBatch): Promise<number | "stale"> {
    const bytes = lines.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
    const entries = lines.map(({ at, level, message }): Entry => [at, level, message]);
    const [row] = await this.#database.query<{ next: string | null }>(
      "SELECT append_run_logs($1, $2, $3, $4, $5, $6, $7) AS next",
      [run, attempt, epoch, first, JSON.stringify(entries), bytes, this.#limit],
    );
    return row?.next == null ? "stale" : Number(row.next);
  }

  /** Reads from line `offset` on, at least one batch as it came and about `limit` lines at most. */
  async read(run: string, attempt: number, offset: number, limit: number): Promise<LogPage> {
    const rows = await this.#database.query<{ first: string; entries: readonly Entry[] }>(
      `SELECT first, entries FROM (
         SELECT first, entries, sum(wanted) OVER (ORDER BY first) - wanted AS before
           FROM run_logs CROSS JOIN LATERAL (SELECT greatest(0, first + lines - greatest(first, $3)) AS wanted) w
          WHERE run_id = $1 AND attempt = $2
            AND first >= coalesce((SELECT max(first) FROM run_logs
                                    WHERE run_id = $1 AND attempt = $2 AND first <= $3), 0)
          ORDER BY first LIMIT 100) batch
        WHERE before < $4 ORDER BY first`,
      [run, attempt, offset, limit],
    );
    const lines: LogLine[] = [];
    for (const { first, entries } of rows) {
      entries.forEach(([at, level, message], index) => {
        const line = Number(first) + index;
        if (line >= offset && lines.length < limit) lines.push({ offset: line, at, level, message });
      });
    }
    return { lines, next: (lines.at(-1)?.offset ?? offset - 1) + 1 };
  }
}
