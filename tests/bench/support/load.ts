import { PEERS } from "../peers/peers.ts";
import { Helper } from "./helper.ts";
import { formatNumber } from "../table.ts";
import type { Measure } from "../benchmark.ts";
import type { Series } from "./series.ts";

/** What to send. */
export interface LoadOptions {
  readonly port: number;
  readonly path: string;
  /** `{connection}` in a value is the number of the connection. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON to POST; without it the request is a GET. */
  readonly body?: string;
  readonly connections: number;
  readonly durationMs: number;
}

/** What came back. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Puts a server under load from a process of its own. Throws when any answer is not 200. */
export async function load(options: LoadOptions): Promise<Load> {
  await using generator = await Helper.start(PEERS.loadGenerator, options);
  return readLoad(generator.answer);
}

/** The medians of a series of loads, for the table. */
export function throughput(series: Series<Load>): Measure {
  const p50 = formatNumber(series.median(({ p50Ms }) => p50Ms));
  const p99 = formatNumber(series.median(({ p99Ms }) => p99Ms));
  return {
    label: series.label,
    value: series.median(({ requestsPerSecond }) => requestsPerSecond),
    unit: "req/s",
    detail: `p50 ${p50} ms, p99 ${p99} ms`,
  };
}

function readLoad(answer: unknown): Load {
  const figures = answer as Partial<Load & { readonly error: string }> | null;
  if (figures?.error !== undefined) throw new Error(figures.error);
  const { requestsPerSecond = Number.NaN, p50Ms = Number.NaN, p99Ms = Number.NaN } = figures ?? {};
  return { requestsPerSecond, p50Ms, p99Ms };
}
