import { describe, expect, test } from "vitest";
import { exportText, sampleAudit } from "../../testing/fake-audit-routes.ts";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { NOWHERE } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

describe("rat audit verify", () => {
  test("exits 0 for a whole log", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { exit, stdout } = await rat(["audit", "verify"], ratd.address);
    expect([exit, stdout]).toEqual([0, "ok  2 records in 1 chain, 2 checkpoints\n"]);
  });

  test("exits 1 and names the first bad record", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const problem = {
      writer: "w",
      seq: 7,
      kind: "edited",
      detail: "the record does not have its hash",
    } as const;
    ratd.state.audit.verification = { ...ratd.state.audit.verification, ok: false, problems: [problem] };
    const { exit, stdout } = await rat(["audit", "verify"], ratd.address);
    expect([exit, stdout]).toEqual([1, "tampered  edited at w/7: the record does not have its hash\n"]);
  });
});

describe("rat audit verify --file", () => {
  async function verify(text: string) {
    const terminal = new FakeTerminal();
    terminal.files.set("audit.ndjson", text);
    return rat(["audit", "verify", "--file", "audit.ndjson"], NOWHERE, terminal);
  }
  const { records } = sampleAudit();
  const [first, second] = records;
  if (first === undefined || second === undefined) throw new Error("no records");

  test("needs no ratd", async () => {
    const { exit, stdout } = await verify(exportText(records));
    expect([exit, stdout]).toEqual([0, "ok  2 records in 1 chain\n"]);
  });

  test.each([
    ["an edited record", exportText([first, { ...second, actor: "mallory" }]), `edited at ${first.writer}/2`],
    ["a removed record", exportText([second]), `removed at ${first.writer}/1`],
    ["records in another order", exportText([second, first]), `removed at ${first.writer}/1`],
    ["a record in another place", exportText([first, first]), `unlinked at ${first.writer}/1`],
    [
      "an export cut off in a line's middle",
      exportText(records).slice(0, -1).replace(/\n.*$/, "\n"),
      "cut: the last line",
    ],
    ["fewer records than it says", exportText(records).replace(/.*\n(?=\{"end)/, ""), "cut: 1 records"],
  ])("finds %s", async (_what, text, told) => {
    const { exit, stdout } = await verify(text);
    expect(exit).toBe(1);
    expect(stdout).toContain(told);
  });

  test("takes gaps of a filtered export for what they are", async () => {
    const { exit, stdout } = await verify(exportText([second], true));
    expect(exit).toBe(0);
    expect(stdout).toContain("a filtered export");
    expect((await verify(exportText([{ ...second, status: 500 }], true))).exit).toBe(1);
  });

  test("refuses what is no export", async () => {
    expect(await verify("writer,seq\r\n")).toMatchObject({ exit: 2 });
    expect((await verify('{"a":1}\n')).stderr).toContain("line 1 is no audit record");
  });
});
