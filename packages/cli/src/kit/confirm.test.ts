import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../testing/fake-terminal.ts";
import { KEY_ID } from "../testing/sample-access.ts";
import { troubledState } from "../testing/sample-state.ts";

describe("what ends something", () => {
  test.each([
    [["keys", "revoke", KEY_ID], `DELETE /api/v1/access/keys/${KEY_ID}`],
    [["keys", "rotate", KEY_ID], `POST /api/v1/access/keys/${KEY_ID}/rotate {"grace_seconds":0}`],
    [["shares", "remove", "g/1"], "DELETE /api/v1/sharing/g%2F1"],
    [
      ["leases", "revoke", "lse_0123456789abcdef0123456789ab"],
      "DELETE /api/v1/leases/lse_0123456789abcdef0123456789ab",
    ],
  ])("%j asks on a terminal, needs --yes elsewhere, and sends nothing without", async (words, request) => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    expect((await rat(["access", ...words], ratd.address, terminal)).exit).toBe(2);
    terminal.typed = "";
    expect((await rat(["access", ...words], ratd.address, terminal)).exit).toBe(2);
    expect(terminal.stderr).toContain("? [y/N]");
    expect(ratd.seen).toEqual([]);
    expect((await rat(["access", ...words, "--yes"], ratd.address)).exit).toBe(0);
    terminal.typed = "yes";
    expect((await rat(["access", ...words], ratd.address, terminal)).exit).toBe(0);
    expect(ratd.seen).toEqual([request, request]);
  });
});
