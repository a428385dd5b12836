import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { loadConfig } from "../../services/ratd/src/config/load-config.ts";
import { createLogger } from "../../services/ratd/src/platform/logger.ts";
import type { Clock } from "../../services/ratd/src/platform/clock.ts";
import type { Resolver } from "../../services/ratd/src/platform/connection/address-book.ts";
import { startRatd, type Ratd } from "../../services/ratd/src/ratd.ts";
import { formatHostPort } from "../../services/ratd/src/platform/host-port.ts";
import { insertApiKey } from "./api-keys.ts";

/** The parts of rat.yaml that tests set. */
export interface TestRatYaml {
  readonly plugins?: Readonly<Record<string, object>>;
  readonly [key: string]: unknown;
}

/** A ratd in this process, on ports of its own. */
export interface TestRatd extends AsyncDisposable {
  readonly url: string;
  readonly ratd: Ratd;
  /** The folder with the files of the namespaces. */
  readonly workspace: string;
  readonly dataDirectory: string;
  /** Lines of its log, parsed. */
  readonly log: readonly Record<string, unknown>[];
  /** Its rat.yaml. */
  readonly file: string;
  /** Writes its rat.yaml anew; what comes of that is up to a reload. */
  configure(yaml: TestRatYaml): Promise<void>;
  /** Calls the HTTP API; a body makes it a POST. */
  call(path: string, options?: CallOptions): Promise<CallResult>;
  /** As `call`, with an API key that holds every scope. */
  operate(path: string, options?: CallOptions): Promise<CallResult>;
}

/** One call of the HTTP API. */
export interface CallOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back; `json` is undefined for other bodies. */
export interface CallResult {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
  readonly text: string;
}

/** Starts ratd with a rat.yaml made of `yaml`, on the database at `databaseUrl`. */
export async function startTestRatd(
  databaseUrl: string,
  yaml: TestRatYaml = {},
  options: { readonly resolver?: Resolver; readonly clock?: Clock } = {},
): Promise<TestRatd> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "rat-test-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "rat.yaml");
  const configure = (contents: TestRatYaml) => {
    const fixed = { listen: "127.0.0.1:0", internal_listen: "127.0.0.1:0", runs: { runners: [] } };
    return writeFile(file, stringify({ ...fixed, ...contents }));
  };
  await configure(yaml);
  const log: Record<string, unknown>[] = [];
  const logger = createLogger("debug", {
    write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>),
  });
  const env = { DATABASE_URL: databaseUrl };
  const sources = { file, env, workingDirectory: directory };
  const config = loadConfig(sources);
  const ratd = stack.use(
    await startRatd({ config, sources, logger, env, signal: new AbortController().signal, ...options }),
  );
  const url = `http://${formatHostPort(ratd.address)}`;
  let key: Promise<string> | undefined;
  const parts = stack.move();
  return {
    url,
    ratd,
    workspace: config.runs.workspace,
    dataDirectory: config.dataDirectory,
    log,
    configure,
    file,
    call: (path, options) => call(url, path, options),
    async operate(path, options = {}) {
      key ??= insertApiKey(databaseUrl, { roles: ["admin"], scopes: ["*"] });
      return call(url, path, { ...options, headers: { ...options.headers, "x-api-key": await key } });
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Calls an HTTP API at `url`. */
export async function call(url: string, path: string, options: CallOptions = {}): Promise<CallResult> {
  const { body, token, headers = {} } = options;
  const response = await fetch(new URL(path, url), {
    method: options.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    json: isJson && text !== "" ? (JSON.parse(text) as Record<string, unknown>) : {},
    text,
  };
}
