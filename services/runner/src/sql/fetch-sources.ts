import { lookup } from "node:dns/promises";
import { createWriteStream } from "node:fs";
import { BlockList, isIP } from "node:net";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RunnerSettings } from "../settings.ts";
import type { SqlSource } from "./sql-spec.ts";

type SourcePolicy = Pick<RunnerSettings, "sourceHosts" | "sourceHttp" | "sourceLimit">;

/** A source that was fetched. */
export interface FetchedSource {
  readonly name: string;
  readonly file: string;
  readonly format: SqlSource["format"];
}

const TIME_LIMIT_MS = 60_000;

/** Networks that are not the internet: a name that leads there is refused unless the address itself is allowed. */
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const) {
  PRIVATE.addSubnet(net, bits, "ipv4");
}
for (const [net, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const) {
  PRIVATE.addSubnet(net, bits, "ipv6");
}

/** Fetches the sources of a query into a folder, one after the other. @throws Error that names the source. */
export async function fetchSources(
  sources: readonly SqlSource[],
  folder: string,
  policy: SourcePolicy,
  signal: AbortSignal,
): Promise<readonly FetchedSource[]> {
  const fetched: FetchedSource[] = [];
  for (const [at, source] of sources.entries()) {
    const file = join(folder, `source-${at}.${source.format}`);
    try {
      await checkAddress(source.url, policy);
      await fetchTo(file, source.url, policy.sourceLimit, signal);
    } catch (error) {
      throw new Error(`source ${source.name}: ${error instanceof Error ? error.message : "failed"}`, {
        cause: error,
      });
    }
    fetched.push({ name: source.name, file, format: source.format });
  }
  return fetched;
}

/** @throws Error unless the policy allows the address. */
export async function checkAddress(url: URL, { sourceHosts, sourceHttp }: SourcePolicy): Promise<void> {
  if (url.protocol !== "https:" && !(sourceHttp && url.protocol === "http:")) {
    throw new Error(`${url.protocol.slice(0, -1)} is not allowed here`);
  }
  if (url.username !== "" || url.password !== "") throw new Error("a URL must not hold credentials");
  if (!sourceHosts.includes(url.host.toLowerCase())) {
    throw new Error(`host ${url.host} is not allowed here; RAT_RUNNER_SOURCE_HOSTS names those that are`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) return;
  for (const { address, family } of await lookup(host, { all: true })) {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
    const blocked =
      mapped === undefined
        ? PRIVATE.check(address, family === 6 ? "ipv6" : "ipv4")
        : PRIVATE.check(mapped, "ipv4");
    if (blocked && !sourceHosts.includes(address)) {
      throw new Error(`host ${url.host} leads to a private address`);
    }
  }
}

async function fetchTo(file: string, url: URL, limit: number, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, {
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]),
  });
  if (!answer.ok || answer.body === null) {
    await answer.body?.cancel();
    throw new Error(`answered ${answer.status}`);
  }
  let bytes = 0;
  const capped = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > limit ? new Error(`has more than ${limit} bytes`) : null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(answer.body), capped, createWriteStream(file, { mode: 0o640 }));
}
