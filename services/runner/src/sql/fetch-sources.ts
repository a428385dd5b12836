import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { guardedFetch, type EgressPolicy } from "@rat/egress";
import type { SqlJobSource } from "@rat/executor-kit/sql-job";
import type { RunnerSettings } from "../settings.ts";
import type { SqlSource } from "./sql-spec.ts";

type SourcePolicy = Pick<RunnerSettings, "sourceHosts" | "sourceHttp" | "sourceLimit">;

const TIME_LIMIT_MS = 60_000;

/** Fetches the sources of a query into a folder, one after the other. @throws Error that names the source. */
export async function fetchSources(
  sources: readonly SqlSource[],
  folder: string,
  policy: SourcePolicy,
  signal: AbortSignal,
): Promise<readonly SqlJobSource[]> {
  const fetched: SqlJobSource[] = [];
  for (const [at, source] of sources.entries()) {
    const file = join(folder, `source-${at}.${source.format}`);
    try {
      await fetchTo(file, source.url, policy, signal);
    } catch (error) {
      throw new Error(`source ${source.name}: ${error instanceof Error ? error.message : "failed"}`, {
        cause: error,
      });
    }
    const { name, format, encoding } = source;
    fetched.push({ name, file, format, encoding });
  }
  return fetched;
}

/**
 * What the operator's list of hosts means for the door: only those hosts are asked, a listed address may be private, and
 * a name may lead to a private address only when that address is listed itself.
 */
export function egressPolicyOf({ sourceHosts, sourceHttp }: SourcePolicy): EgressPolicy {
  return {
    plainHttp: sourceHttp,
    hosts: sourceHosts,
    privateAddresses: sourceHosts,
    remedy: "RAT_RUNNER_SOURCE_HOSTS names those that are",
  };
}

async function fetchTo(file: string, url: URL, policy: SourcePolicy, signal: AbortSignal): Promise<void> {
  const { status, body } = await guardedFetch(url, {
    policy: egressPolicyOf(policy),
    caps: { bytes: policy.sourceLimit, headerMs: TIME_LIMIT_MS, totalMs: TIME_LIMIT_MS },
    signal,
  });
  if (status < 200 || status > 299) {
    body.destroy();
    throw new Error(`answered ${status}`);
  }
  await pipeline(body, createWriteStream(file, { mode: 0o640 }));
}
