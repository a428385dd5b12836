import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { rat } from "../../testing/fake-terminal.ts";
import { NOWHERE } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

describe("rat credentials", () => {
  const WORDS = ["credentials", "table", "sales/gold/revenue"];

  test("hides the values but for --export and -o json", async () => {
    await using ratd = await startFakeRatd(troubledState());
    for (const format of ["table", "wide", "yaml", "ndjson", "name"]) {
      const { exit, stdout, stderr } = await rat([...WORDS, "-o", format], ratd.address);
      expect(exit).toBe(0);
      expect(stdout + stderr).not.toContain("canary");
    }
    const json = await rat([...WORDS, "-o", "json"], ratd.address);
    expect(JSON.parse(json.stdout)).toMatchObject({ credentials: { AWS_ACCESS_KEY_ID: "canary-id" } });
    expect(json.stderr).toContain("keep it out of logs");
    const { stdout, stderr } = await rat(
      [...WORDS, "--export", "--access", "write", "--provider", "aws"],
      ratd.address,
    );
    expect(stdout).toBe(
      "export AWS_ACCESS_KEY_ID='canary-id'\nexport AWS_SECRET_ACCESS_KEY='canary-'\\''secret'\\'''\n",
    );
    expect(stderr).toContain("Secret, and good until 2026-01-15T12:50:00.000Z");
    expect(ratd.seen.at(-1)).toBe(
      'POST /api/v1/credentials {"resource_type":"table","resource_id":"sales/gold/revenue","access":"write","provider":"aws"}',
    );
  });

  test("exports no name that a shell would run", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { access } = ratd.state;
    access.credentials = { ...access.credentials, credentials: { "A;rm -rf x;B": "canary" } };
    const { exit, stdout } = await rat([...WORDS, "--export"], ratd.address);
    expect([exit, stdout]).toEqual([3, ""]);
  });

  test.each([
    [["bucket", "x"], '"bucket" is not the type'],
    [["table", "x", "--access", "own"], '"own" is not --access'],
    [["table", "x", "--provider", "own"], '"own" is not --provider'],
    [["table", "x", "--export", "-o", "json"], "leave -o away"],
  ])("%j is refused before sending", async (words, why) => {
    const { exit, stderr } = await rat(["credentials", ...words], NOWHERE);
    expect(exit).toBe(2);
    expect(stderr).toContain(why);
  });
});
