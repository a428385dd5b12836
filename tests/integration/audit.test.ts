import { readFile, stat } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeTerminal, rat as ratCommand } from "../../packages/cli/src/testing/fake-terminal.ts";
import { insertApiKey } from "../support/api-keys.ts";
import { AuditLab, records, verification } from "../support/audit-lab.ts";
import { parseServerSentEvents } from "../support/server-sent-events.ts";
import type { TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let lab: AuditLab;
let ratd: TestRatd;
const token = "alice";

beforeAll(async () => {
  lab = await AuditLab.start();
  ratd = await lab.ratd();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** Shares `id` as alice. */
function share(id: string) {
  const body = { resource_type: "namespace", resource_id: id, grantee_id: "bob", permission: "read" };
  return ratd.call("/api/v1/sharing", { token, body, headers: { "x-request-id": `req-${id}` } });
}

describe("the records", () => {
  it("say of a critical action that it began and how it ended, by whom and from where", async () => {
    const { status } = await ratd.call("/api/v1/namespaces", { token, body: { name: "told" } });
    expect(status).toBe(201);
    expect((await share("told")).status).toBe(201);
    const found = await until(async () => {
      const all = await records(ratd, "&request_id=req-told");
      return all.length === 2 ? all : undefined;
    });
    const common = {
      actor: "user-alice",
      auth_mode: "plugin",
      action: "sharing.share",
      object_type: "namespace",
      object_id: "told",
      client: "127.0.0.1",
    };
    expect(found).toMatchObject([
      { ...common, result: "ok", status: 201 },
      { ...common, result: "begun", status: null },
    ]);
    const [created] = await records(ratd, "&action=POST%20/api/v1/namespaces");
    expect(created).toMatchObject({ actor: "user-alice", result: "ok", status: 201 });
  });

  it("say what was refused, whatever the caller was told", async () => {
    lab.plugin.denied.add("secret-ns");
    const { status } = await ratd.call("/api/v1/sharing?resource_type=namespace&resource_id=secret-ns", {
      token,
    });
    expect([403, 404]).toContain(status);
    await until(async () => (await records(ratd, "&object_id=secret-ns&result=refused")).length === 1);
  });

  it("do not tell of questions that change nothing", async () => {
    const body = { action: "read", resource_type: "namespace", resource_id: "told" };
    await ratd.call("/api/v1/access/check", { token, body });
    await share("told");
    expect(await records(ratd, "&action=POST%20/api/v1/access/check")).toEqual([]);
  });

  it("tell of the start, the first key and each transition of a slot, with the mode of callers in a fallback", async () => {
    expect(await records(ratd, "&action=ratd.start")).toHaveLength(1);
    await until(async () => (await records(ratd, "&action=keys.bootstrap")).length === 1);
    await lab.plugin.down();
    await ratd.ratd.checkNow();
    await until(async () => (await records(ratd, "&action=slot.fallback&object_id=auth")).length === 1);
    await ratd.call("/api/v1/namespaces", { body: { name: "in_fallback" } });
    await until(async () => (await records(ratd, "&auth_mode=noop-fallback")).length > 0);
    const [made] = await records(ratd, "&auth_mode=noop-fallback");
    expect(made).toMatchObject({ actor: "anonymous" });
    await lab.plugin.up();
    await until(async () => {
      await ratd.ratd.checkNow();
      return (await records(ratd, "&action=slot.recovered&object_id=auth")).length === 1;
    });
  });

  it("come in pages without gaps or repetitions, newest first", async () => {
    for (let n = 0; n < 12; n++) await share(`page-${n}`);
    await until(async () => (await records(ratd, "&object_id=page-11")).length === 2);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const { json } = await ratd.operate(`/api/v1/audit?limit=5&action=sharing.${query}`);
      for (const { writer, seq } of json["records"] as { writer: string; seq: number }[])
        seen.push(`${writer}/${seq}`);
      cursor = json["next_cursor"] as string | null;
    }
    const { rows } = await lab.sql.query<{ place: string }>(
      `SELECT writer || '/' || seq AS place FROM audit_log WHERE action LIKE 'sharing.%'
        ORDER BY at DESC, writer DESC, seq DESC`,
    );
    expect(seen).toEqual(rows.map(({ place }) => place));
    expect((await ratd.operate("/api/v1/audit?action=keys.&cursor=x")).status).toBe(400);
  });

  it("are for principals with the scope audit:read alone", async () => {
    const key = await insertApiKey(lab.database.connectionString, { scopes: ["keys:manage", "events:read"] });
    const headers = { "x-api-key": key };
    for (const path of ["", "/export", "/verify"]) {
      expect((await ratd.call(`/api/v1/audit${path}`, { headers })).json["code"]).toBe("scope_missing");
      expect((await ratd.call(`/api/v1/audit${path}`, { token })).status).toBe(403);
    }
  });
});

describe("the live tail", () => {
  it("is refused without the scope, and left out of all topics", async () => {
    const key = await insertApiKey(lab.database.connectionString, { scopes: ["events:read"] });
    const headers = { "x-api-key": key };
    expect((await ratd.call("/api/v1/events?topics=slots,audit", { headers })).json["code"]).toBe(
      "scope_missing",
    );
    const open = new AbortController();
    const all = await fetch(`${ratd.url}/api/v1/events`, { headers, signal: open.signal });
    const events = parseServerSentEvents(all);
    const next = events.next();
    await share("quiet");
    await until(async () => (await records(ratd, "&object_id=quiet")).length === 2);
    // The next event that everybody may hear of is the first one.
    await lab.plugin.down();
    await ratd.ratd.checkNow();
    expect((await next).value?.event).not.toBe("audit.recorded");
    await lab.plugin.up();
    await until(async () => {
      await ratd.ratd.checkNow();
      return ratd.ratd.slots.current().statuses.auth.state === "active";
    });
    open.abort();
    await events.return(undefined).catch(() => undefined);
  });

  it("tells of each record with the scope, and ends when the scope is gone", async () => {
    const key = await insertApiKey(lab.database.connectionString, { scopes: ["events:read", "audit:read"] });
    const response = await fetch(`${ratd.url}/api/v1/events?topics=audit`, { headers: { "x-api-key": key } });
    const events = parseServerSentEvents(response);
    await share("loud");
    for (;;) {
      const { value } = await events.next();
      expect(value?.event).toBe("audit.recorded");
      const record = JSON.parse(value?.data ?? "") as Record<string, unknown>;
      if (record["object"] !== "loud") continue;
      expect(record).toMatchObject({ action: "sharing.share", object_id: "loud", actor: "user-alice" });
      if (record["result"] !== "begun") break;
    }
    const id = key.split("_")[1];
    await lab.sql.query("UPDATE api_keys SET scopes = '{events:read}' WHERE id = $1", [id]);
    // Something that makes ratd look again.
    await ratd.operate("/api/v1/access/keys", { body: { name: "other", scopes: ["self"] } });
    await ratd.operate(`/api/v1/access/keys/${(await otherKey()) ?? ""}`, { method: "DELETE" });
    for (;;) if ((await events.next()).done === true) break;
  });
});

async function otherKey(): Promise<string | undefined> {
  const { rows } = await lab.sql.query<{ id: string }>("SELECT id FROM api_keys WHERE name = 'other'");
  return rows[0]?.id;
}

describe("an export", () => {
  it("holds every record, and rat verifies it without a ratd", async () => {
    const { headers, text } = await ratd.operate("/api/v1/audit/export");
    expect(headers.get("content-disposition")).toBe('attachment; filename="audit.ndjson"');
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toEqual({ end: true, records: lines.length - 1, filtered: false });
    const terminal = new FakeTerminal();
    terminal.files.set("a.ndjson", text).set("b.ndjson", text.replace("user-alice", "user-mallory"));
    const verify = (file: string) =>
      ratCommand(["audit", "verify", "--file", file], "http://127.0.0.1:1", terminal);
    expect((await verify("a.ndjson")).exit).toBe(0);
    expect(await verify("b.ndjson")).toMatchObject({
      exit: 1,
      stdout: expect.stringContaining("edited at") as string,
    });
    const some = await ratd.operate("/api/v1/audit/export?action=sharing.");
    terminal.files.set("c.ndjson", some.text);
    expect((await verify("c.ndjson")).exit).toBe(0);
  });

  it("as CSV holds nothing that a spreadsheet would calculate", async () => {
    await share('=HYPERLINK("http://evil","x")');
    await share("@cmd");
    const read = async () => {
      const { text, headers } = await ratd.operate("/api/v1/audit/export?format=csv&action=sharing.");
      expect(headers.get("content-type")).toContain("text/csv");
      return text.includes("@cmd") ? text : undefined;
    };
    const text = await until(read);
    expect(text.split("\r\n")[0]).toContain("writer,seq,at,actor");
    expect(text).toContain(`,"'=HYPERLINK(""http://evil"",""x"")",`);
    expect(text).toContain(",'@cmd,");
    expect(text).not.toMatch(/(?:^|,|")[=@+]/m);
  });
});

describe("the tables", () => {
  it.each(["audit_log", "audit_checkpoints"])("%s refuses UPDATE, DELETE and TRUNCATE", async (table) => {
    for (const statement of [
      `UPDATE ${table} SET seq = seq`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table}`,
      `DELETE FROM ${table} WHERE false`,
    ]) {
      await expect(lab.sql.query(statement), statement).rejects.toThrow("append-only");
    }
  });

  it("verify, also with two replicas that write two chains, each with a key of its own", async () => {
    const other = await lab.ratd();
    await share("two");
    await other.call("/api/v1/namespaces", { token, body: { name: "by_the_other" } });
    await until(async () => (await records(other, "&action=POST%20/api/v1/namespaces")).length >= 2);
    for (const one of [ratd, other]) {
      const { ok, writers, problems, unchecked } = await verification(one);
      expect([ok, writers, problems]).toEqual([true, 2, []]);
      expect(unchecked).toBeGreaterThan(0);
    }
    await other[Symbol.asyncDispose]();
    expect((await verification(ratd)).ok).toBe(true);
  });

  it("tell of an edit by somebody who took the bar away", async () => {
    await share("edited");
    await until(async () => (await records(ratd, "&object_id=edited")).length === 2);
    const [row] = await records(ratd, "&object_id=edited&result=begun");
    const bar = (on: boolean) =>
      lab.sql.query(`ALTER TABLE audit_log ${on ? "ENABLE" : "DISABLE"} TRIGGER audit_log_append_only`);
    const write = (actor: string) =>
      lab.sql.query("UPDATE audit_log SET actor = $3 WHERE writer = $1 AND seq = $2", [
        row?.writer,
        row?.seq,
        actor,
      ]);
    await bar(false);
    await write("mallory");
    expect(await verification(ratd)).toMatchObject({
      ok: false,
      problems: [{ writer: row?.writer, seq: row?.seq, kind: "edited" }],
    });
    await write("user-alice");
    expect((await verification(ratd)).ok).toBe(true);
    // The end of a chain that this ratd knows to be written, cut off; it goes on writing behind the gap.
    await lab.sql.query(
      "DELETE FROM audit_log WHERE (writer, seq) IN (SELECT writer, max(seq) FROM audit_log WHERE writer = $1 GROUP BY writer)",
      [row?.writer],
    );
    await bar(true);
    expect((await verification(ratd)).problems).toMatchObject([{ writer: row?.writer }]);
  });
});

describe("the files", () => {
  it("are the owner's alone, and the key is not in the database", async () => {
    await using own = await AuditLab.start();
    const one = await own.ratd();
    const { dataDirectory: directory } = one;
    await until(async () => (await records(one, "&action=ratd.start")).length === 1);
    const key = (await readFile(`${directory}/audit/key`, "utf8")).trim();
    for (const file of ["audit/key", "audit/checkpoints.ndjson"]) {
      expect((await stat(`${directory}/${file}`)).mode & 0o777).toBe(0o600);
    }
    expect((await stat(`${directory}/audit`)).mode & 0o777).toBe(0o700);
    expect(await readFile(`${directory}/audit/checkpoints.ndjson`, "utf8")).toContain('"seq":0');
    const { rows } = await own.sql.query("SELECT c::text AS row FROM audit_checkpoints c");
    expect(JSON.stringify(rows)).not.toContain(key);
  });
});
