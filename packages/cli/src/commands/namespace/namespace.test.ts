import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { NOWHERE } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

describe("rat namespace", () => {
  test("upload goes below raw/, download to a file or stdout", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    terminal.files.set("dir/a b.csv", "1,2\n");
    expect((await rat(["namespace", "upload", "dir/a b.csv"], ratd.address, terminal)).stdout).toBe(
      "stored default/raw/a b.csv, 4 bytes\n",
    );
    await rat(["namespace", "upload", "dir/a b.csv", "sales/raw/x/"], ratd.address, terminal);
    expect(ratd.seen).toEqual([
      "PUT /api/v1/namespaces/default/files/raw/a%20b.csv 1,2",
      "PUT /api/v1/namespaces/sales/files/raw/x/a%20b.csv 1,2",
    ]);
    await rat(["namespace", "download", "sales/gold/t.parquet"], ratd.address, terminal);
    expect(terminal.files.get("t.parquet")).toBe("content");
    expect((await rat(["namespace", "download", "raw/t", "-"], ratd.address)).stdout).toBe("content");
  });

  test.each([
    ["upload", "missing.csv"],
    ["upload", "missing.csv", "elsewhere/x"],
    ["download", "x"],
    ["download", "sales/iron/x"],
    ["download", "raw/"],
  ])("%s %s is refused before sending", async (...words) => {
    expect((await rat(["namespace", ...words], NOWHERE)).exit).toBe(2);
  });
});
