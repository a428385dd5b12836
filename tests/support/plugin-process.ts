import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { resolve } from "node:path";
import { until } from "./until.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** A plugin as a process of its own, on a port that stays the same while it is killed and started again. */
export class PluginProcess implements AsyncDisposable {
  readonly #file: string;
  readonly #port: number;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;

  /** `file` is a path from the root of the repository. */
  constructor(file: string, port: number, env: Readonly<Record<string, string>> = {}) {
    this.#file = resolve(ROOT, file);
    this.#port = port;
    this.#env = env;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Starts it; resolves when it takes connections. */
  async start(): Promise<void> {
    const port = String(this.#port);
    const env = {
      ...process.env,
      RAT_PLUGIN_HOST: "127.0.0.1",
      RAT_PLUGIN_PORT: port,
      PORT: port,
      ...this.#env,
    };
    this.#child = spawn(process.execPath, [this.#file], { env, stdio: "ignore" });
    await until(() => accepts(this.#port), { timeoutMs: 20_000, what: `${this.#file} listening` });
  }

  /** Ends it without a word, and waits for its end. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve: settle } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1");
  socket.once("connect", () => settle(true));
  socket.once("error", () => settle(false));
  return promise.finally(() => socket.destroy());
}
