import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runConformance, suites, type ConformanceOptions, type ConformanceSlot } from "@rat/conformance";
import { definePlugin, PluginError, servePlugin } from "@rat/plugin-sdk";
import { expect, onTestFinished, test } from "vitest";
import { AUTH_FAULTS } from "./conformance-faults/auth.ts";
import { CLOUD_FAULTS } from "./conformance-faults/cloud.ts";
import { ENFORCEMENT_FAULTS } from "./conformance-faults/enforcement.ts";
import { EXECUTOR_FAULTS } from "./conformance-faults/executor.ts";
import { SHARING_FAULTS } from "./conformance-faults/sharing.ts";
import { serveGood, servePlanted } from "./conformance-planted.ts";
import { startPlugin } from "./sdk-process.ts";

const SLOTS = Object.keys(suites) as ConformanceSlot[];
const decision = { user_id: "bob", resource_type: "pipeline", resource_id: "orders", action: "write" };
const config = {
  token: "demo-admin",
  user_id: "alice",
  decisions: [
    { ...decision, allowed: false },
    { ...decision, roles: ["admin"], allowed: true },
    // The example knows no owners.
    {
      ...decision,
      owner_id: "bob",
      ancestors: [{ resource_type: "namespace", resource_id: "n" }],
      allowed: false,
    },
  ],
};

/** Runs a suite and answers the names of the cases that failed, each once. */
async function failedCases(
  slot: ConformanceSlot,
  address: string,
  options: Partial<ConformanceOptions> = {},
): Promise<string[]> {
  const result = await runConformance(slot, {
    address,
    config,
    wires: ["json"],
    timeoutMs: 3000,
    ...options,
  });
  expect(result.reachable).toBe(true);
  expect(result.passed).toBe(result.counts.fail === 0);
  return [...new Set(result.cases.filter(({ status }) => status === "fail").map(({ name }) => name))];
}

test.each(SLOTS)("the %s example conforms on every wire", async (slot) => {
  const result = await runConformance(slot, { address: await serveGood(slot), config });
  expect(result.cases.filter(({ status }) => status === "fail" || status === "known_fail")).toEqual([]);
  expect(new Set(result.cases.map(({ wire }) => wire))).toEqual(new Set(["json", "proto", "grpc"]));
  expect(result).toMatchObject({ passed: true, reachable: true });
});

test("an auth plugin on node:http alone conforms with JSON, and is not asked for gRPC", async () => {
  const plain = await startPlugin("packages/plugin-sdk/examples/plain-http-auth.ts", { PORT: "0" });
  const known = { config: { token: "plain-token", user_id: "plain-user" } };
  expect(await failedCases("auth", plain.url, known)).toEqual([]);
  expect(await failedCases("auth", plain.url, { ...known, wires: ["proto"] })).toContain("health/status");
});

test("an auth plugin that speaks gRPC alone conforms with gRPC", async () => {
  const plain = await startPlugin("packages/plugin-sdk/examples/plain-grpc-auth.ts", { PORT: "0" });
  const known = { config: { token: "plain-token", user_id: "plain-user" } };
  expect(await failedCases("auth", plain.url, { ...known, wires: ["grpc"] })).toEqual([]);
});

const FAULTS = [
  ...AUTH_FAULTS,
  ...EXECUTOR_FAULTS,
  ...SHARING_FAULTS,
  ...ENFORCEMENT_FAULTS,
  ...CLOUD_FAULTS,
];

test.each(FAULTS)("finds a planted fault: $fault", async ({ slot, spoil, found }) => {
  const address = await servePlanted(slot, spoil);
  expect(await failedCases(slot, address)).toEqual(found);
});

test("an empty 200 body, which protobuf takes for an answer, is no answer", async () => {
  const address = await servePlanted("auth", () => ({ raw: "", type: "application/proto" }));
  const failed = await failedCases("auth", address, { wires: ["proto"], timeoutMs: 1000 });
  expect(failed).toEqual(expect.arrayContaining(["health/status", "auth/garbage-token", "auth/valid-token"]));
});

test("the page of a wrong server is no answer", async () => {
  const page = { raw: "<html>welcome</html>", type: "text/html" };
  const address = await servePlanted("auth", () => page);
  const failed = await failedCases("auth", address, { timeoutMs: 1000 });
  expect(failed).toEqual(
    expect.arrayContaining(["health/status", "health/unknown-method", "auth/garbage-token"]),
  );
});

test("a plugin that hangs fails in time", async () => {
  const address = await servePlanted("auth", () => "hang");
  const names = ["health/status", "auth/garbage-token", "health/unknown-fields"];
  const failed = await failedCases("auth", address, { timeoutMs: 100, names });
  expect(failed.toSorted()).toEqual(names.toSorted());
});

test("allowing everything is a policy, not a fault; that hides the order of a batch, which is said", async () => {
  const address = await servePlanted("enforcement", ({ rpc, request }) => {
    if (rpc === "CanAccess" && "action" in request) return { allowed: true };
    if (rpc === "Explain") return { allowed: true };
    if (rpc !== "BatchCanAccess") return undefined;
    return { results: (request.checks as unknown[]).map(() => ({ allowed: true })) };
  });
  const result = await runConformance("enforcement", { address, wires: ["json"] });
  expect(result.passed).toBe(true);
  const batch = result.cases.find(({ name }) => name === "enforcement/batch-in-order");
  expect(batch).toMatchObject({ status: "skip", reason: "all decisions are alike, which hides the order" });
});

test("a cloud plugin from before scopes and leases conforms: what it does not offer is not asked for", async () => {
  const plugin = definePlugin("cloud", {
    name: "cloud-of-old",
    version: "0.1.0",
    getCredentials({ provider, resource, userId }) {
      if (provider !== "aws") throw new PluginError("unimplemented", "provider is not served here");
      if (resource === "") throw new PluginError("invalid_argument", "resource must not be empty");
      return { credentials: { TOKEN: `token-of-${userId}` }, expiresAt: new Date(Date.now() + 3_600_000) };
    },
  });
  const served = await servePlugin(plugin, { port: 0, env: {}, logLevel: "silent", drainMs: 0 });
  onTestFinished(() => served[Symbol.asyncDispose]());
  const address = served.url;
  const result = await runConformance("cloud", { address, wires: ["json"] });
  expect(result.passed).toBe(true);
  const open = result.cases.filter(({ name, status }) => name.startsWith("cloud/") && status !== "pass");
  expect(open.map(({ name, status }) => `${name} ${status}`)).toEqual([
    "cloud/scopes-applied not_applicable",
    "cloud/not-after-kept not_applicable",
    "cloud/lease-renew not_applicable",
    "cloud/lease-revoke not_applicable",
  ]);
});

test("a plugin that dies keeps its results so far and counts as unreachable", async () => {
  const address = await servePlanted("auth", ({ rpc, die }) => {
    if (rpc === "NoSuchMethod") die();
    return undefined;
  });
  const result = await runConformance("auth", { address, config, wires: ["json"], timeoutMs: 1000 });
  expect(result).toMatchObject({ reachable: false, passed: false });
  expect(result.cases.filter(({ status }) => status === "pass").length).toBeGreaterThan(2);
  expect(result.cases.at(-1)?.name).toBe("health/unknown-method");
});

test("a failure shows what was sent, expected and got, and how to repeat it, without secrets", async () => {
  const address = await servePlanted("auth", ({ rpc }) => (rpc === "Authenticate" ? {} : undefined));
  const result = await runConformance("auth", {
    address,
    config,
    wires: ["json"],
    names: ["auth/valid-token"],
  });
  const [failed] = result.cases;
  expect(failed?.violation).toEqual({
    sent: '/rat.auth.v1.AuthService/Authenticate {"token":"***"}',
    expected: "a user_id that is not empty",
    got: "{}",
    replay: expect.stringContaining(`-d '{"token":"***"}' ${address}/rat.auth.v1.AuthService/Authenticate`),
  });
});

interface Command {
  readonly code: number;
  readonly output: string;
}

/** Runs the command line as a process. */
async function ratConformance(...args: string[]): Promise<Command> {
  const main = fileURLToPath(new URL("../../packages/conformance/src/main.ts", import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

test("the command tells the outcome by its exit code, and writes reports", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rat-conformance-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = (name: string): string => join(folder, name);
  writeFileSync(file("config.json"), JSON.stringify(config));
  writeFileSync(file("wrong.json"), '{"tokn":"x"}');
  const good = await serveGood("auth");

  const reports = ["--report", `junit=${file("r.xml")}`, "--report", `json=${file("r.json")}`];
  const pass = await ratConformance(
    "auth",
    "--address",
    good,
    "--config",
    file("config.json"),
    "--trace",
    ...reports,
  );
  expect(pass.code).toBe(0);
  expect(pass.output).toMatch(/conforms \(\d+ pass, 3 skip\)/);
  expect(pass.output).toContain("curl -sS");
  expect(pass.output).not.toContain("demo-admin");
  expect(readFileSync(file("r.xml"), "utf8")).toContain(
    '<testcase classname="auth.grpc" name="auth/valid-token"',
  );
  expect(JSON.parse(readFileSync(file("r.json"), "utf8"))).toMatchObject({ slot: "auth", passed: true });

  const bad = await servePlanted("auth", ({ rpc }) => (rpc === "Authenticate" ? {} : undefined));
  const one = ["--run", "auth/empty-token", "--wire", "json"];
  const fail = await ratConformance("auth", "--address", bad, ...one, "--report", `junit=${file("f.xml")}`);
  expect(fail.code).toBe(1);
  expect(fail.output).toContain("does not conform (0 pass, 1 fail)");
  expect(readFileSync(file("f.xml"), "utf8")).toContain('failures="1"');

  expect((await ratConformance("auth", "--address", "127.0.0.1:1")).code).toBe(3);
  for (const wrong of [
    [],
    ["auth"],
    ["toaster", "--address", good],
    ["auth", "--address", good, "--run", "auth/nope"],
    ["auth", "--address", good, "--config", file("wrong.json")],
    ["auth", "--address", good, "--report", "html=x"],
  ]) {
    expect((await ratConformance(...wrong)).code).toBe(2);
  }
});
