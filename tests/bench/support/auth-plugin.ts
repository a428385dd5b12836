import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { bareConnect } from "./bare-calls.ts";
import { endProcess, startProcess } from "./helper.ts";
import { unusedPort } from "./ports.ts";

const FILE = resolve(import.meta.dirname, "../../../packages/plugin-sdk/examples/hello-auth.ts");
const START_LIMIT_MS = 20_000;

/** The SDK's example of an auth plugin, as a process. */
export class AuthPlugin implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** Starts it; resolves when it takes connections. */
  static async start(): Promise<AuthPlugin> {
    const port = await unusedPort();
    const child = startProcess({
      place: "beside",
      command: [process.execPath, FILE],
      env: { RAT_PLUGIN_HOST: "127.0.0.1", RAT_PLUGIN_PORT: String(port) },
    });
    const deadline = performance.now() + START_LIMIT_MS;
    while (!(await accepts(port))) {
      if (performance.now() > deadline) throw new Error(`${FILE} does not listen`);
      await setTimeout(10);
    }
    return new AuthPlugin(port, child);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return endProcess(this.#child, "SIGKILL");
  }
}

function accepts(port: number): Promise<boolean> {
  return bareConnect(port).then(
    () => true,
    () => false,
  );
}
