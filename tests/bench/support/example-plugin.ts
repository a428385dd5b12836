import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { bareConnect } from "./bare-calls.ts";
import { endProcess, startProcess } from "./helper.ts";
import { unusedPort } from "./ports.ts";

const DIRECTORY = resolve(import.meta.dirname, "../../../packages/plugin-sdk/examples");
const START_LIMIT_MS = 20_000;

/** One of the SDK's example plugins, as a process. */
export class ExamplePlugin implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** Starts it; resolves when it takes connections. */
  static async start(name: "hello-auth" | "hello-enforcement", config: object = {}): Promise<ExamplePlugin> {
    const port = await unusedPort();
    const child = startProcess({
      place: "beside",
      command: [process.execPath, resolve(DIRECTORY, `${name}.ts`)],
      env: {
        RAT_PLUGIN_HOST: "127.0.0.1",
        RAT_PLUGIN_PORT: String(port),
        RAT_PLUGIN_CONFIG: JSON.stringify(config),
      },
    });
    const deadline = performance.now() + START_LIMIT_MS;
    while (!(await accepts(port))) {
      if (performance.now() > deadline) throw new Error(`${name} does not listen`);
      await setTimeout(10);
    }
    return new ExamplePlugin(port, child);
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
