import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import process from "node:process";
import { processPrivateFiles } from "../files/process-private-files.ts";
import { saveWhole } from "../files/save-whole.ts";
import { CliError } from "../output/cli-error.ts";
import type { Terminal } from "./terminal.ts";

/** The terminal of this process. Ctrl-C aborts `interrupted` once; a second one ends the process as usual. */
export function processTerminal(): Terminal {
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort(new CliError("interrupted", "Ctrl-C")));
  return {
    env: process.env,
    isTerminal: process.stdout.isTTY,
    errIsTerminal: process.stderr.isTTY && process.env["TERM"] !== "dumb",
    out: (data) => void process.stdout.write(data),
    err: (data) => void process.stderr.write(data),
    read: (path) => (path === "-" ? text(process.stdin) : readFile(path, "utf8")),
    open: (path) => openAsBlob(path),
    save: saveWhole,
    privateFiles: processPrivateFiles({ now, sleep: (ms) => sleep(ms, interrupt.signal) }),
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
    ask,
    now,
    sleep,
    interrupted: interrupt.signal,
  };
}

const now = (): number => Date.now();

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
