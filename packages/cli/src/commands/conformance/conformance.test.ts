import { describe, expect, test } from "vitest";
import { rat } from "../../testing/fake-terminal.ts";

describe("rat conformance run", () => {
  test("exits 3 when the plugin cannot be reached, with a JUnit report all the same", async () => {
    const words = ["conformance", "run", "auth", "127.0.0.1:1", "-o", "junit"];
    const { exit, stdout } = await rat(words, "http://127.0.0.1:1");
    expect(exit).toBe(3);
    expect(stdout).toContain("the plugin cannot be reached");
  });

  test("names the slots that have a suite", async () => {
    const { exit, stderr } = await rat(["conformance", "run", "storage", "x:1"], "http://127.0.0.1:1");
    expect(exit).toBe(2);
    expect(stderr).toContain("use auth, executor, sharing, enforcement, cloud");
  });
});
