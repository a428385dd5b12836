import { parseCommandLine, USAGE } from "./command-line.ts";
import type { Config } from "./config/config.ts";
import { loadConfig, type ConfigSources } from "./config/load-config.ts";
import { formatHostPort } from "./platform/host-port.ts";
import { RatError } from "./errors.ts";
import { createLogger } from "./platform/logger.ts";
import { VERSION } from "./version.ts";

/** The process as `run` sees it. */
export interface ProcessView {
  readonly args: readonly string[];
  readonly env: ConfigSources["env"];
  readonly workingDirectory: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly stop: AbortSignal;
  /** Calls `listener` at each SIGHUP, until the returned function is called. */
  readonly onHangup: (listener: () => void) => () => void;
}

/** Runs ratd until it is told to stop. Resolves to the exit code: 0, 1 when it could not start, 2 for wrong usage. */
export async function run(view: ProcessView): Promise<number> {
  const command = parseCommandLine(view.args);
  switch (command.kind) {
    case "help":
      view.stdout(USAGE);
      return 0;
    case "version":
      view.stdout(`ratd ${VERSION}\n`);
      return 0;
    case "wrong":
      view.stderr(`ratd: ${command.message}\n\n${USAGE}`);
      return 2;
    case "check":
    case "serve":
      try {
        const { env, workingDirectory } = view;
        const sources = { file: command.file, strict: command.strict, env, workingDirectory };
        const config = loadConfig(sources);
        if (command.kind === "check") {
          view.stdout(`${config.file}: ok, ${config.plugins.length} of 5 slots have a plugin\n`);
          return 0;
        }
        return await serve(view, config, sources);
      } catch (error) {
        if (view.stop.aborted) return 0;
        view.stderr(explain(RatError.from(error)));
        return 1;
      }
  }
}

async function serve(view: ProcessView, config: Config, sources: ConfigSources): Promise<number> {
  const logger = createLogger(config.logLevel);
  // Imported late, so that --help and --check-config answer at once.
  const { startRatd } = await import("./ratd.ts");
  const { stop: signal, env } = view;
  await using ratd = await startRatd({ config, sources, logger, signal, env });
  if (
    !config.loopback &&
    config.plugins.some(({ policy: { slot, onDown } }) => slot === "auth" && onDown === "noop")
  ) {
    logger.warn(
      "auth has on_down: noop and ratd listens beyond this machine: set on_down: deny, or use --strict",
    );
  }
  const url = `http://${formatHostPort(ratd.address)}`;
  logger.info(
    { url, internal: formatHostPort(ratd.internalAddress), version: VERSION },
    `ratd listens on ${url}`,
  );
  // What refuses a reload is in the log; the signal has nobody to answer to.
  const ignoreHangups = view.onHangup(() => void ratd.live.reload(HANGUP).catch(() => undefined));
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }
  ignoreHangups();
  logger.info("ratd stops: it finishes what is under way");
  return 0;
}

/** Who asks for a reload by a signal. */
const HANGUP = { actor: "SIGHUP", authMode: "none" } as const;

/** An error of the start, for people: what, where, and what to do. */
function explain(error: RatError): string {
  const { title, remedy } = error.kind;
  const cause =
    error.code === "internal" ? `\n${String((error.cause as Error | undefined)?.stack ?? error.cause)}` : "";
  return `ratd: ${title} (${error.code})\n${indent(error.message)}${cause}\n  Try: ${remedy}\n`;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
