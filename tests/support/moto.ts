import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { until } from "./until.ts";
import { freePort } from "./free-port.ts";

/** The program, from the Python environment that RAT_MOTO names, else from the PATH; undefined when there is none. */
function program(): string | undefined {
  const environment = process.env["RAT_MOTO"];
  const folders =
    environment === undefined ? (process.env["PATH"] ?? "").split(delimiter) : [join(environment, "bin")];
  return folders.map((folder) => join(folder, "moto_server")).find((file) => existsSync(file));
}

/** Why there is no moto here; undefined when there is. With RAT_REQUIRE_MOTO its absence is an error. */
export function whyNoMoto(): string | undefined {
  if (program() !== undefined) return undefined;
  const reason = "no moto_server: see tests/support/moto-requirements.txt";
  if (process.env["RAT_REQUIRE_MOTO"] === "1") throw new Error(reason);
  return reason;
}

/** The APIs of AWS on loopback, by moto: answers real STS calls of the SDK. */
export class Moto implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(): Promise<Moto> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = spawn(program() ?? "moto_server", ["--host", "127.0.0.1", "--port", String(port)], {
      stdio: "ignore",
    });
    const moto = new Moto(url, child);
    const answers = async () => (await fetch(`${url}/moto-api/data.json`)).ok;
    await until(answers, { timeoutMs: 60_000, what: "moto_server answering" });
    return moto;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}
