import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "@rat/client";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

const stack = new AsyncDisposableStack();
let auth: FakePlugin;
let ratd: TestRatd;

beforeAll(async () => {
  const database = stack.use(await createTestDatabase());
  auth = stack.use(await FakePlugin.start());
  const plugin = {
    image: "registry.example/auth-fake:1.0.0",
    address: auth.address,
    on_down: "deny",
    health: { interval: "1s" },
  };
  const yaml = { plugins: { auth: plugin }, role_permissions: { admin: ["plugins:read"] } };
  ratd = stack.use(await startTestRatd(database.connectionString, yaml));
  await until(async () => (await rat("status", "-o", "name")).stdout === "ok\n");
});

afterAll(() => stack.disposeAsync());

/** Runs the real command as a process, with a token that the fake plugin lets in. */
function rat(...words: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, RAT_ADDR: ratd.url, RAT_TOKEN: "good" };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...words], { env }, (_, stdout, stderr) => {
      resolve({ exit: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

describe("the rat process against a ratd", () => {
  test.each([
    ["status"],
    ["health"],
    ["features"],
    ["slots list"],
    ["slots show auth"],
    ["plugin list"],
    ["plugin show auth-fake"],
    ["doctor"],
    ["api GET /api/v1/me"],
  ])("rat %s succeeds, as JSON too", async (line) => {
    const plain = await rat(...line.split(" "));
    expect(plain).toMatchObject({ exit: 0, stderr: "" });
    expect(plain.stdout).not.toBe("");
    const { stdout } = await rat(...line.split(" "), "-o", "json");
    expect(typeof JSON.parse(stdout)).toBe("object");
  });

  test("rat health --wait ends at once for a ratd that is ready", async () => {
    expect((await rat("health", "--wait", "--timeout", "20s")).exit).toBe(0);
  });

  test("what ratd does not know exits 5 with its own words, as JSON", async () => {
    const { exit, stderr } = await rat("slots", "show", "nope", "-o", "json");
    expect(exit).toBe(5);
    expect(JSON.parse(stderr).error).toMatchObject({ code: "not_found" });
  });

  test("a plugin that goes down is told by events, status and doctor, and calls exit 3", async () => {
    const child = spawn(process.execPath, [MAIN, "events", "-f", "--topics", "slots", "-o", "ndjson"], {
      env: { ...process.env, RAT_ADDR: ratd.url, RAT_TOKEN: "good" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exited = once(child, "exit");
    let events = "";
    child.stdout.on("data", (chunk: Buffer) => {
      events += chunk.toString();
    });
    await until(streamIsOpen, { what: "The event stream" });
    await auth.down();
    try {
      await until(() => events.includes("slot.denying"), { timeoutMs: 15_000, what: "slot.denying" });
      expect((await rat("status", "-o", "name")).stdout).toBe("degraded\n");
      expect((await rat("doctor")).stdout).toContain("✗ auth is denying");
      expect(await rat("plugin", "list")).toMatchObject({
        exit: 3,
        stderr: expect.stringContaining("error slot_denying"),
      });
    } finally {
      await auth.up();
      child.kill("SIGINT");
    }
    expect(await exited).toEqual([130, null]);
  });
});

test("the client reads the events of a ratd", async () => {
  await until(async () => (await rat("status", "-o", "name")).stdout === "ok\n", { timeoutMs: 15_000 });
  const client = createClient({ address: ratd.url, token: "good" });
  const stream = client.events({ after: "another-start-1" });
  const first = await stream.next();
  await stream.return(undefined);
  expect(first.value).toMatchObject({ type: "stream.reset" });
});

async function streamIsOpen(): Promise<boolean> {
  return /^rat_event_stream_clients [1-9]/mu.test((await ratd.call("/metrics")).text);
}
