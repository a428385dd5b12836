import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { createManualClock } from "../../../tests/support/manual-clock.ts";
import { endProcess, type Endable } from "./end-process.ts";
import { systemClock } from "./process-clock.ts";
import { identify, presenceOf, signalProcess } from "./process-identity.ts";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A real process that says when it listens to signals. */
async function start(script: string): Promise<{ child: ChildProcess; target: Endable }> {
  const child = spawn(process.execPath, ["-e", `${script}; console.log("up"); setInterval(() => {}, 1000)`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  if (child.stdout === null || child.pid === undefined) throw new Error("not started");
  await once(child.stdout, "data");
  const identity = identify(child.pid);
  return {
    child,
    target: {
      lives: () => presenceOf(identity) !== "gone",
      signal: (name) => signalProcess(identity, name),
    },
  };
}

const ladder = (patienceMs: number) =>
  [
    { signal: "SIGTERM", patienceMs },
    { signal: "SIGKILL", patienceMs: 5000 },
  ] as const;

test("a process that heeds the first signal gets no other", async () => {
  const { child, target } = await start("process.on('SIGTERM', () => process.exit(7))");
  const exit = once(child, "exit");
  expect(await endProcess(target, ladder(10_000), systemClock)).toBe(true);
  expect(await exit).toEqual([7, null]);
});

test("a process that heeds nothing is killed after the patience, and not before", async () => {
  const { child, target } = await start("process.on('SIGTERM', () => {})");
  const exit = once(child, "exit");
  const began = performance.now();
  expect(await endProcess(target, ladder(200), systemClock)).toBe(true);
  expect(performance.now() - began).toBeGreaterThan(199);
  expect(await exit).toEqual([null, "SIGKILL"]);
});

test("whoever knows the end at once is not looked at again and again", async () => {
  const clock = createManualClock();
  const exited = Promise.withResolvers<void>();
  let lives = true;
  const signals: string[] = [];
  const ending = endProcess(
    { lives: () => lives, exited: exited.promise, signal: (name) => signals.push(name) },
    ladder(1000),
    clock,
  );
  await new Promise(setImmediate);
  clock.advance(999);
  await new Promise(setImmediate);
  expect(signals).toEqual(["SIGTERM"]);
  lives = false;
  exited.resolve();
  expect(await ending).toBe(true);
  expect(signals).toEqual(["SIGTERM"]);
});

test("each signal has its patience on the clock that was given, and a process that survives them all is told", async () => {
  const clock = createManualClock();
  const signals: string[] = [];
  const ending = endProcess(
    { lives: () => true, signal: (name) => signals.push(name) },
    [
      { signal: "SIGINT", patienceMs: 5000 },
      { signal: "SIGQUIT", patienceMs: 100 },
    ],
    clock,
    5000,
  );
  const settle = () => new Promise(setImmediate);
  await settle();
  expect(signals).toEqual(["SIGINT"]);
  clock.advance(4999);
  await settle();
  expect(signals).toEqual(["SIGINT"]);
  clock.advance(1);
  await settle();
  expect(signals).toEqual(["SIGINT", "SIGQUIT"]);
  clock.advance(100);
  expect(await ending).toBe(false);
});

test("a process that has ended already gets no signal", async () => {
  const signals: string[] = [];
  const target = { lives: () => false, signal: (name: string) => signals.push(name) };
  expect(await endProcess(target, ladder(1000), systemClock)).toBe(true);
  expect(signals).toEqual([]);
});

test("a program that waits for nothing else waits for the end", async () => {
  const script = `
    import { endProcess, systemClock } from ${JSON.stringify(import.meta.resolve("./index.ts"))};
    const ended = await endProcess({ lives: () => true, signal() {} }, [{ signal: "SIGTERM", patienceMs: 50 }], systemClock);
    console.log(ended);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let said = "";
  child.stdout?.on("data", (data) => (said += String(data)));
  expect(await once(child, "close")).toEqual([0, null]);
  expect(said).toBe("false\n");
});
