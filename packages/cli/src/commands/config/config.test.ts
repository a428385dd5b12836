import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { rat } from "../../testing/fake-terminal.ts";
import { golden, page } from "../../testing/page.ts";
import { emptyState, troubledState } from "../../testing/sample-state.ts";

describe("rat config", () => {
  test("diff and reload show what changes, and what waits for a restart", async () => {
    const diff = await page("config", "diff");
    expect(diff).toMatchInlineSnapshot(`
      "
      KEY                         COUNTS           FROM              TO
      limits.rate                 now              –                 7
      listen                      after a restart  "127.0.0.1:8080"  "127.0.0.1:9090"
      plugins.auth.config.issuer  now              (hidden)          (hidden)
      "
    `);
    expect(await page("config", "reload")).toBe(diff);
    expect(await page("config", "diff", "-o", "name")).toContain("limits.rate\nlisten\n");
  });

  test("reload reloads, diff does not", async () => {
    await using ratd = await startFakeRatd(troubledState());
    await rat(["config", "diff"], ratd.address);
    await rat(["config", "reload"], ratd.address);
    expect(ratd.seen).toEqual(["GET /api/v1/config/diff", "POST /api/v1/config/reload"]);
  });

  test("a file that says what is in force is no news", async () => {
    await using ratd = await startFakeRatd(emptyState());
    const diff = await rat(["config", "diff"], ratd.address);
    expect([diff.exit, diff.stdout, diff.stderr]).toEqual([0, "", "rat.yaml says what is in force.\n"]);
    const reload = await rat(["config", "reload"], ratd.address);
    expect([reload.exit, reload.stderr]).toEqual([0, "Nothing in rat.yaml has changed.\n"]);
  });

  test("a file that is refused exits 6 and names every problem in a line of its own", async () => {
    await using ratd = await startFakeRatd({ ...troubledState(), config: undefined });
    const { exit, stderr } = await rat(["config", "reload"], ratd.address);
    expect(exit).toBe(6);
    expect(golden(stderr, ratd.address)).toMatchInlineSnapshot(`
      "
      error reload_refused: Title of reload_refused
        Why   rat.yaml:2:3 limits.rat: unknown key
              rat.yaml:4:1 listn: unknown key
        Try   Correct what the detail names and reload again; the configuration before stays in force.
        Docs  rat explain reload_refused
        Id    req-1
      "
    `);
  });
});
