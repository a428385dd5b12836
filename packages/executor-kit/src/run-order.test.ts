import type { JsonObject, SubmitInput } from "@rat/plugin-sdk";
import { describe, expect, it, test } from "vitest";
import { readRunOrder } from "./run-order.ts";
import { settings, submitInput } from "./test-fixtures.ts";

const NOW = new Date("2026-01-01T00:00:00Z");
const read = (input: Partial<SubmitInput>, config = settings({ images: { default: "base:1" } })) =>
  readRunOrder(submitInput(input), config, NOW);
const command = (spec: JsonObject) => read({ spec: { argv: ["true"], ...spec } });

test("reads a command with what the settings say where the spec is silent", () => {
  expect(read({ runId: "abc.def.3", spec: { argv: ["sh", "-c", "exit $(true)"] } })).toMatchObject({
    run: "abc.def",
    attempt: "3",
    image: "base:1",
    argv: ["sh", "-c", "exit $(true)"],
    network: "none",
    mountWorkspace: false,
    limits: { memory_mb: 512, cpus: 1, pids: 256, disk_mb: 256 },
  });
});

test("a run id without an attempt is a first attempt", () => {
  expect(read({ runId: "alone" })).toMatchObject({ run: "alone", attempt: "1" });
  expect(read({ runId: ".1" })).toMatchObject({ run: ".1", attempt: "1" });
});

test("limits never exceed the maxima, and other limits stay the defaults", () => {
  const { limits } = command({ limits: { memory_mb: 1e9, pids: 8, cpus: 0.5 } });
  expect(limits).toEqual({ memory_mb: 2048, cpus: 0.5, pids: 8, disk_mb: 256 });
});

test("variables of the request outweigh those of the spec", () => {
  expect(read({ spec: { argv: ["a"], env: { A: "spec", B: "spec" } }, env: { A: "request" } }).env).toEqual({
    A: "request",
    B: "spec",
  });
});

test("reads SQL, in the image of the settings and with the folder of its namespace", () => {
  const config = settings({ images: { sql: "runner:1" } });
  const spec = { sql: "select 1", limits: { memory_mb: 256, threads: 2 } };
  const order = read({ kind: "sql", layer: "gold", namespace: "sales", spec }, config);
  expect(order).toMatchObject({
    image: "runner:1",
    network: "none",
    mountWorkspace: true,
    job: { sql: "select 1", layer: "gold", pipeline: "orders" },
  });
  expect(order.limits).toMatchObject({ memory_mb: 256, pids: 256 });
  const sources = [{ name: "a", url: "https://example.com/a.csv", format: "csv" }];
  const remote = { kind: "sql", namespace: "sales", spec: { ...spec, sources } };
  expect(() => read(remote, config)).toThrow(/^spec\.sources: a SQL run in a container has no network/);
});

describe("refuses", () => {
  const big = "x".repeat(1024 * 1024);
  it.each<[string, Partial<SubmitInput>, RegExp]>([
    ["no arguments", { spec: {} }, /^spec\.argv: /],
    ["an empty program", { spec: { argv: [""] } }, /^spec\.argv: /],
    ["a shell string", { spec: { argv: "rm -rf /" } }, /^spec\.argv: /],
    ["NUL", { spec: { argv: ["a", "b\0c"] } }, /^spec\.argv\[1\]: must not hold NUL/],
    ["a text of 1 MiB", { spec: { argv: ["a", big] } }, /^spec\.argv\[1\]: must not exceed/],
    ["many arguments", { spec: { argv: Array(1025).fill("a") } }, /^spec\.argv: must not have more/],
    ["much text", { spec: { argv: Array(9).fill("x".repeat(130_000)) } }, /^spec\.argv: must not exceed/],
    ["a variable of ours", { spec: { argv: ["a"], env: { RAT_RUN_ID: "x" } } }, /^spec\.env\.RAT_RUN_ID: /],
    ["a variable that is none", { env: { "A=B": "x" } }, /^env\.A=B: must match/],
    ["credentials with NUL", { s3Credentials: { A: "\0" } }, /^s3_credentials\.A: /],
    ["an unknown limit", { spec: { argv: ["a"], limits: { ram: 1 } } }, /^spec\.limits\.ram: is not one of/],
    ["no memory", { spec: { argv: ["a"], limits: { memory_mb: 1 } } }, /^spec\.limits\.memory_mb: must be/],
    ["a limit that is no number", { spec: { argv: ["a"], limits: { pids: "1" } } }, /^spec\.limits\.pids: /],
    ["the host's network", { spec: { argv: ["a"], network: "host" } }, /^spec\.network: must be/],
    ["a network", { spec: { argv: ["a"], network: "bridge" } }, /^spec\.network: the executor's setting/],
    ["a namespace with a path", { namespace: "../x" }, /^namespace: must match/],
    [
      "a workspace without a namespace",
      { spec: { argv: ["a"], mount_workspace: true } },
      /^namespace: is req/,
    ],
    ["a path of the engine", { spec: { argv: ["a"], image: "a/../../containers/x" } }, /^spec\.image: /],
    ["an address for an image", { spec: { argv: ["a"], image: "http://a?b" } }, /^spec\.image: /],
    ["a run id of two lines", { runId: "a\nb" }, /^run_id: /],
    ["a deadline in the past", { deadline: NOW }, /^deadline: has already passed/],
    ["a privilege", { spec: { argv: ["a"], Privileged: true } }, /^spec\.Privileged: is not one of/],
    ["a mount", { spec: { argv: ["a"], binds: ["/:/host"] } }, /^spec\.binds: is not one of/],
    ["the engine's own words", { spec: { argv: ["a"], HostConfig: {} } }, /^spec\.HostConfig: is not one of/],
    ["a user", { spec: { argv: ["a"], user: "0:0" } }, /^spec\.user: is not one of/],
    ["another kind", { kind: "wasm" }, /^kind: must be/],
    [
      "SQL without an image for it",
      { kind: "sql", namespace: "a", spec: { sql: "select 1" } },
      /^kind: sql needs/,
    ],
  ])("%s", (_name, input, message) => {
    expect(() => read({ spec: { argv: ["true"] }, ...input })).toThrow(message);
  });

  it("no image, when the settings have none either", () => {
    expect(() => read({}, settings())).toThrow(/^spec\.image: is required/);
  });
});
