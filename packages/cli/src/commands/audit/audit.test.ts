import { describe, expect, test } from "vitest";
import { CliError } from "../../output/cli-error.ts";
import { exportText, sampleAudit } from "../../testing/fake-audit-routes.ts";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { NOWHERE } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

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
