import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A plugin in a process of its own. */
export interface PluginProcess {
  readonly url: string;
  readonly port: number;
  /** What it has written to stderr so far. */
  log(): string;
  /** Settles with the exit code, or with the name of the signal that ended it. */
  readonly exited: Promise<number | string>;
  signal(name: NodeJS.Signals): void;
  /** Waits until its log contains a text. */
  logged(text: string): Promise<void>;
}

/** Starts a file of this repository as a process, and ends it with the test. */
export function spawnFile(
  path: string,
  env: Record<string, string> = {},
): Omit<PluginProcess, "url" | "port"> {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, RAT_PLUGIN_PORT: "0", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  let changed = Promise.withResolvers<void>();
  const exited = new Promise<number | string>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    changed.resolve();
    changed = Promise.withResolvers();
  });
  const gone = exited.then((code) => code);
  return {
    log: () => text,
    exited,
    signal: (name) => void child.kill(name),
    logged: async (wanted) => {
      while (!text.includes(wanted)) {
        const code = await Promise.race([changed.promise, gone]);
        if (code !== undefined && !text.includes(wanted)) throw new Error(`ended with ${code}:\n${text}`);
      }
    },
  };
}

/** Starts a plugin and waits until it listens. */
export async function startPlugin(path: string, env: Record<string, string> = {}): Promise<PluginProcess> {
  const plugin = spawnFile(path, env);
  await plugin.logged('"msg":"listening"');
  const url = /"url":"([^"]+)"/.exec(plugin.log())?.[1] ?? "";
  return { ...plugin, url, port: Number(new URL(url).port) };
}
