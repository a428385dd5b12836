import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { identify, presenceOf, signalProcess } from "./process-identity.ts";
import { readProcess } from "./process-info.ts";

const linux = process.platform === "linux";

test("this process runs", () => {
  expect(presenceOf(identify(process.pid))).toBe("ours");
});

test("a process that has ended is gone, and nothing is signalled", async () => {
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  const identity = identify(child.pid ?? 0);
  await once(child, "exit");
  expect(presenceOf(identity)).toBe("gone");
  expect(signalProcess(identity, "SIGTERM")).toBe(false);
});

test.skipIf(!linux)("another process with the same number is not the same", () => {
  const other = { pid: process.pid, startTime: "1" };
  expect(presenceOf(other)).toBe("gone");
  // This test would not come to its end.
  expect(signalProcess(other, "SIGKILL")).toBe(false);
});

test.skipIf(!linux)("a process that has ended and was not waited for is gone", async () => {
  // The shell becomes a program that never waits for the child that the shell started.
  const parent = spawn("/bin/sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const [said] = (await once(parent.stdout, "data")) as [Buffer];
    const zombie = Number(said.toString());
    await expect.poll(() => readProcess(zombie)?.state).toBe("Z");
    // The number is still there: only its state says that nothing runs.
    expect(process.kill(zombie, 0)).toBe(true);
    expect(presenceOf(identify(zombie))).toBe("gone");
    expect(presenceOf({ pid: zombie, startTime: undefined })).toBe("gone");
  } finally {
    parent.kill("SIGKILL");
  }
});

test.skipIf(!linux || process.getuid?.() !== 0)(
  "a process of another user is foreign to who may not signal it",
  async () => {
    const script = `
    import { presenceOf, identify, signalProcess } from ${JSON.stringify(import.meta.resolve("./process-identity.ts"))};
    const identity = identify(${process.pid});
    process.setuid(65534);
    console.log(presenceOf(identity), signalProcess(identity, "SIGTERM"));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (data) => (said += String(data)));
    await once(child, "close");
    expect(said).toBe("foreign false\n");
  },
);

test.skipIf(!linux)("reads a process whose name holds blanks and parentheses", () => {
  const title = process.title;
  process.title = "a) Z (b";
  try {
    expect(readProcess(process.pid)).toMatchObject({
      pid: process.pid,
      state: expect.stringMatching(/^[RSD]$/),
    });
  } finally {
    process.title = title;
  }
});
