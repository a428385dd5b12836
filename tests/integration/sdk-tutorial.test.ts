import { execFile, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../support/until.ts";
import { freePort } from "../support/free-port.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** One fenced block of a page. */
interface Block {
  readonly info: string;
  readonly text: string;
}

function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = "", text = ""]) => ({
    info,
    text,
  }));
}

test("every block of the first plugin tutorial does what the page says", async () => {
  const port = await freePort();
  const folder = `.rat/tutorial-${process.pid}`;
  onTestFinished(() => rmSync(join(root, folder), { recursive: true, force: true }));
  // A port and a folder of the test's own: the reader's may be in use.
  const page = readFileSync(join(root, "docs/tutorials/first-plugin.md"), "utf8")
    .replaceAll("50060", String(port))
    .replaceAll(".rat/first-plugin", folder);
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, RAT_PLUGIN_PORT: String(port) };
  const shell = { cwd: root, env };
  let output = "";
  const seen: string[] = [];
  for (const { info, text } of blocksOf(page)) {
    const [kind = ""] = info.split(" ");
    seen.push(kind);
    const file = /save=(\S+)/.exec(info)?.[1];
    if (file !== undefined) {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, file), text);
    } else if (info === "sh background") {
      const child = spawn("bash", ["-c", `exec env ${text}`], { ...shell, stdio: "ignore" });
      onTestFinished(() => void child.kill());
      await until(() => fetch(`http://127.0.0.1:${port}`), { what: "the plugin listens" });
    } else if (kind === "sh") {
      output = (await run("bash", ["-c", text], shell)).stdout;
    } else if (kind === "json") {
      expect(JSON.parse(output)).toEqual(JSON.parse(text));
    } else if (kind === "text") {
      expect(output).toContain(text);
    }
  }
  expect(seen).toEqual(expect.arrayContaining(["ts", "sh", "json", "text", "yaml"]));
});
