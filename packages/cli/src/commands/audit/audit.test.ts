import { describe, expect, test } from "vitest";
import { CliError } from "../../output/cli-error.ts";
import { exportText, sampleAudit } from "../../testing/fake-audit-routes.ts";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { troubledState } from "../../testing/sample-state.ts";

const NOWHERE = "http://127.0.0.1:1";

describe("rat audit list", () => {
  test("shows who did what, without escape sequences", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { stdout } = await rat(["audit", "list"], ratd.address);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      AT                        ACTOR  ACTION       OBJECT  RESULT  STATUS
      2026-01-15T11:59:00.000Z  u-1    keys.create  key     ok      201
      2026-01-15T11:59:00.000Z  u-1    keys.create  key     begun   –
      "
    `);
  });

  test("sends every filter", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const words = [
      "--actor",
      "a",
      "--action",
      "keys.",
      "--object-type",
      "key",
      "--object-id",
      "k",
      "--request",
      "r",
    ];
    const times = ["--from", "2026-01-01T00:00:00Z", "--to", "2026-02-01T00:00:00Z"];
    const rest = ["--result", "ok", "--auth-mode", "plugin", "--limit", "7"];
    await rat(["audit", "list", ...words, ...times, ...rest], ratd.address);
    const [seen = ""] = ratd.seen;
    expect(Object.fromEntries(new URL(seen.slice(4), "http://x").searchParams)).toEqual({
      actor: "a",
      action: "keys.",
      object_type: "key",
      object_id: "k",
      request_id: "r",
      from: "2026-01-01T00:00:00Z",
      to: "2026-02-01T00:00:00Z",
      result: "ok",
      auth_mode: "plugin",
      limit: "7",
    });
  });
});

describe("rat audit tail", () => {
  test("follows the topic audit and shows each record in a line", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const { hash: _hash, previous_hash: _previous, ...record } = sampleAudit().records[1] ?? {};
    ratd.state.eventFrames = `id: b-1\nevent: audit.recorded\ndata: ${JSON.stringify(record)}\n\n`;
    const terminal = new FakeTerminal();
    const write = terminal.out.bind(terminal);
    terminal.out = (text) => {
      write(text);
      terminal.interrupt(new CliError("interrupted", "Ctrl-C"));
    };
    const { exit, stdout } = await rat(["audit", "tail"], ratd.address, terminal);
    expect([exit, stdout]).toEqual([130, "2026-01-15T11:59:00.000Z  u-1  keys.create  key  ok  201\n"]);
    expect(ratd.seen).toEqual(["GET /api/v1/events?topics=audit"]);
  });

  test("is no single document", async () => {
    expect((await rat(["audit", "tail", "-o", "json"], NOWHERE)).exit).toBe(2);
  });
});

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

describe("rat audit export", () => {
  test("writes a file, or stdout", async () => {
    await using ratd = await startFakeRatd(troubledState());
    const terminal = new FakeTerminal();
    const { exit } = await rat(["audit", "export", "--actor", "a"], ratd.address, terminal);
    expect([exit, terminal.files.get("audit.ndjson")]).toEqual([0, exportText(sampleAudit().records)]);
    const { stdout } = await rat(["audit", "export", "-", "--format", "csv"], ratd.address);
    expect(stdout).toBe("writer,seq\r\n");
    expect(ratd.seen).toEqual([
      "GET /api/v1/audit/export?actor=a&format=ndjson",
      "GET /api/v1/audit/export?format=csv",
    ]);
    expect((await rat(["audit", "export", "--format", "xml"], NOWHERE)).exit).toBe(2);
  });
});
