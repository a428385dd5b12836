import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { rat } from "../../testing/fake-terminal.ts";
import { golden } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

describe("rat plugin", () => {
  test.each([[["plugin", "list"]], [["plugin", "show", "p-1"]]])("%j", async (words) => {
    await using ratd = await startFakeRatd(troubledState());
    const { exit, stdout } = await rat(words, ratd.address);
    expect(exit).toBe(0);
    expect(golden(stdout, ratd.address)).toMatchSnapshot();
  });

  test("a plugin is found by its name too", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { stdout } = await rat(["plugin", "show", "auth-keycloak", "-o", "name"], ratd.address);
    expect(stdout).toBe("auth-keycloak\n");
  });

  test("filters are ratd's", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const words = ["plugin", "list", "--slot", "auth", "--health", "healthy"];
    const { exit, stdout, stderr } = await rat(words, ratd.address);
    expect(ratd.seen).toEqual(["GET /api/v1/plugins?slot=auth&health=healthy"]);
    expect([exit, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("No plugins.");
  });

  test("what is not there exits 5", async () => {
    await using ratd = await startFakeRatd(troubledState());
    expect((await rat(["plugin", "show", "nope"], ratd.address)).exit).toBe(5);
  });
});
