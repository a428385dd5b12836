import { describe, expect, it } from "vitest";
import { RatError } from "../errors.ts";
import type { VersionContent } from "./pipeline.ts";
import { checkSpec } from "./pipeline-spec.ts";

const BASE = {
  isolation: "process",
  timeoutSeconds: 60,
  maxAttempts: 1,
  retryOnFailure: false,
  priority: 0,
} as const;

function violationsOf(content: Pick<VersionContent, "kind" | "spec"> & Partial<VersionContent>): string[] {
  try {
    checkSpec({ ...BASE, ...content });
    return [];
  } catch (error) {
    if (!(error instanceof RatError)) throw error;
    expect(error.code).toBe("validation_failed");
    return (error.violations ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
  }
}

const command = (spec: Record<string, unknown>) => violationsOf({ kind: "command", spec });
const sql = (spec: Record<string, unknown>) => violationsOf({ kind: "sql", spec });

describe("a command", () => {
  it("takes every key that there is", () => {
    const spec = {
      argv: ["python3", "-c", "print(1)", ""],
      env: { A: "1", _b: "" },
      image: "ghcr.io/acme/etl@sha256:0123456789abcdef",
      network: "none",
      limits: { memory_mb: 512, cpus: 0.5, pids: 64, disk_mb: 100 },
    };
    expect(violationsOf({ kind: "command", isolation: "container", spec })).toEqual([]);
  });

  it.each([
    ["no argv", {}, "/spec/argv is required"],
    ["an empty argv", { argv: [] }, "/spec/argv must NOT have fewer than 1 items"],
    ["a shell line", { argv: "rm -rf /" }, "/spec/argv must be array"],
    ["an argument that is no text", { argv: ["a", 1] }, "/spec/argv/1 must be string"],
    ["a program without a name", { argv: ["", "x"] }, "/spec/argv/0 must name a program"],
    ["257 arguments", { argv: Array(257).fill("a") }, "/spec/argv must NOT have more than 256 items"],
    ["NUL", { argv: ["a", "b\0c"] }, "/spec/argv/1 must not hold NUL"],
    ["half a character", { argv: ["a\ud800"] }, "/spec/argv/0 must be Unicode without lone surrogates"],
    [
      "128 KiB",
      { argv: ["a", "x".repeat(131_072)] },
      "/spec/argv has 131075 bytes; at most 131072 are allowed",
    ],
    ["1 MiB", { argv: ["x".repeat(1_048_576)] }, "/spec/argv/0 must have less than 1048576 bytes"],
    ["a bad name of a variable", { argv: ["a"], env: { "A-B": "" } }, "/spec/env/A-B must have a name like"],
    [
      "a name of ours",
      { argv: ["a"], env: { RAT_TOKEN: "" } },
      "/spec/env/RAT_TOKEN must not begin with RAT_",
    ],
    [
      "NUL in the name of a variable",
      { argv: ["a"], env: { "a\0": "" } },
      "/spec/env has a key that must not hold NUL",
    ],
    ["large variables", { argv: ["a"], env: { A: "x".repeat(131_072) } }, "/spec/env has 131075 bytes"],
    ["an image in a process", { argv: ["a"], image: "a" }, "/spec/image goes only with isolation container"],
    [
      "a network in a process",
      { argv: ["a"], network: "none" },
      "/spec/network goes only with isolation container",
    ],
    ["a host network", { argv: ["a"], network: "host" }, "/spec/network must be one of none, bridge"],
    [
      "a misspelled key",
      { argv: ["a"], enf: {} },
      '/spec/enf is no known key; known: argv, env, image, network, mount_workspace, limits; did you mean "env"?',
    ],
    ["a misspelled limit", { argv: ["a"], limits: { memory: 1 } }, "/spec/limits/memory is no known key"],
    ["a limit of nothing", { argv: ["a"], limits: { pids: 0 } }, "/spec/limits/pids must be >= 4"],
  ])("refuses %s", (_what, spec, expected) => {
    expect(command(spec)).toEqual([expect.stringContaining(expected)]);
  });
});

describe("a query", () => {
  it("takes every key that there is", () => {
    const source = { name: "a", url: "https://example.org/a.csv", format: "csv" };
    expect(
      sql({
        sql: "SELECT 1",
        sources: [source],
        preview_rows: 0,
        time_zone: "Asia/Tokyo",
        limits: { memory_mb: 64, threads: 1 },
      }),
    ).toEqual([]);
  });

  it.each([
    ["nothing", {}, "/spec/sql is required"],
    ["an empty query", { sql: "" }, "/spec/sql must NOT have fewer than 1 characters"],
    ["256 KiB", { sql: "x".repeat(262_144) }, "/spec/sql has 262145 bytes; at most 262144 are allowed"],
    ["NUL", { sql: "SELECT '\0'" }, "/spec/sql must not hold NUL"],
    [
      "a file URL",
      { sql: "a", sources: [{ name: "a", url: "file:///etc/passwd", format: "csv" }] },
      "/spec/sources/0/url must match pattern",
    ],
    [
      "no URL",
      { sql: "a", sources: [{ name: "a", url: "http://", format: "csv" }] },
      "/spec/sources/0/url is no URL",
    ],
    [
      "an encoding of JSON",
      { sql: "a", sources: [{ name: "a", url: "https://a/b", format: "json", encoding: "latin-1" }] },
      "/spec/sources/0/encoding goes only with format csv",
    ],
    ["too many rows", { sql: "a", preview_rows: 1001 }, "/spec/preview_rows must be <= 1000"],
    [
      "no time zone",
      { sql: "a", time_zone: "Mars/Base" },
      "/spec/time_zone is no time zone; use a name such",
    ],
    ["a key of the other kind", { sql: "a", argv: [] }, "/spec/argv is no known key"],
  ])("refuses %s", (_what, spec, expected) => {
    expect(sql(spec)).toEqual([expect.stringContaining(expected)]);
  });

  it("refuses two sources of one name", () => {
    const source = { name: "a", url: "https://example.org/a.csv", format: "csv" };
    expect(sql({ sql: "a", sources: [source, source] })).toEqual([
      "/spec/sources/1/name is taken by an earlier source: a",
    ]);
  });
});
