import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runConformance, suites, type ConformanceOptions, type ConformanceSlot } from "@rat/conformance";
import { definePlugin, PluginError, servePlugin } from "@rat/plugin-sdk";
import { expect, onTestFinished, test } from "vitest";
import {
  rawStream,
  serveGood,
  servePlanted,
  type Json,
  type PlantedCall,
  type Spoiled,
} from "./conformance-planted.ts";
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

interface Planted {
  readonly fault: string;
  readonly slot: ConformanceSlot;
  readonly spoil: (call: PlantedCall) => Promise<Spoiled> | Spoiled;
  /** The cases that find the fault, and no others. */
  readonly found: readonly string[];
}

let starts = 0;
let sharing = 0;
const transfers = new Set<string>();

/** A page of ListGranteeAccess with something about it changed; undefined for other RPCs and for errors. */
async function personPage(
  rpc: string,
  forward: () => ReturnType<PlantedCall["forward"]>,
  change: Json = {},
): Promise<Spoiled> {
  if (rpc !== "ListGranteeAccess") return undefined;
  const { status, json } = await forward();
  return status === 200 ? { ...json, ...change } : undefined;
}

/** Credentials with something about them changed; undefined for other RPCs and for errors. */
async function credentials(
  { rpc, forward }: Pick<PlantedCall, "rpc" | "forward">,
  change: Json,
  request?: Json,
): Promise<Spoiled> {
  if (rpc !== "GetCredentials") return undefined;
  const { status, json } = await forward(request);
  return status === 200 ? { ...json, ...change } : undefined;
}

/** An end that is near enough, in Unix seconds. */
const soon = (): string => String(Math.floor(Date.now() / 1000) + 600);

const PLANTED: readonly Planted[] = [
  {
    fault: "status ok",
    slot: "auth",
    spoil: ({ rpc }) => (rpc === "HealthCheck" ? { status: "ok" } : undefined),
    found: [
      "health/status",
      "health/malformed-body",
      "health/deadline",
      "health/concurrent-calls",
      "robust/large-body",
      "robust/wrong-content-type",
      "robust/abandoned-request",
      "robust/cancelled-calls",
    ],
  },
  {
    fault: "authenticates everyone",
    slot: "auth",
    spoil: ({ rpc }) => (rpc === "Authenticate" ? { user_id: "alice" } : undefined),
    found: [
      "health/malformed-body",
      "auth/garbage-token",
      "auth/empty-token",
      "auth/odd-tokens",
      "auth/token-of-16-kib",
      "auth/near-miss",
      "auth/concurrent-identities",
    ],
  },
  {
    fault: "empty user_id",
    slot: "auth",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Authenticate") return undefined;
      const { status } = await forward();
      return status === 200 ? { user_id: "" } : undefined;
    },
    found: ["auth/valid-token"],
  },
  {
    fault: "an identity that has ended",
    slot: "auth",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Authenticate") return undefined;
      const { status, json } = await forward();
      return status === 200 ? { ...json, expiresAt: "1" } : undefined;
    },
    found: ["auth/valid-token"],
  },
  {
    fault: "credentials that have ended",
    slot: "cloud",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "GetCredentials") return undefined;
      const { status, json } = await forward();
      return status === 200 ? { ...json, expiresAt: "1000" } : undefined;
    },
    found: ["cloud/credentials"],
  },
  {
    fault: "an end in milliseconds",
    slot: "cloud",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "GetCredentials") return undefined;
      const { status, json } = await forward();
      return status === 200 ? { ...json, expiresAt: `${String(json.expiresAt)}000` } : undefined;
    },
    found: ["cloud/credentials", "cloud/not-after-kept", "cloud/lease-renew"],
  },
  {
    fault: "empty credentials for anything",
    slot: "cloud",
    spoil: ({ rpc }) =>
      rpc === "GetCredentials" ? { credentials: {}, expiresAt: "99999999999" } : undefined,
    found: [
      "health/malformed-body",
      "cloud/credentials",
      "cloud/unknown-provider",
      "cloud/empty-resource",
      "cloud/each-user-their-own",
    ],
  },
  {
    fault: "reading is answered with credentials for the whole",
    slot: "cloud",
    spoil: ({ request, ...call }) => {
      const scopes = (request.scopes ?? []) as Json[];
      const reads = scopes.some(({ access }) => access === "CLOUD_ACCESS_READ");
      return reads ? credentials(call, { scopesApplied: false }) : undefined;
    },
    found: ["cloud/scopes-applied"],
  },
  {
    fault: "a scope of no access is one to write",
    slot: "cloud",
    spoil: ({ request, ...call }) => {
      const scopes = (request.scopes ?? []) as Json[];
      const writing = scopes.map((scope) => ({ access: "CLOUD_ACCESS_WRITE", ...scope }));
      return credentials(call, {}, { ...request, scopes: writing });
    },
    found: ["cloud/scope-without-access"],
  },
  {
    fault: "credentials outlive not_after",
    slot: "cloud",
    spoil: ({ request, ...call }) =>
      request.notAfter === undefined
        ? undefined
        : credentials(call, { expiresAt: String(Number(request.notAfter) + 1) }),
    found: ["cloud/not-after-kept"],
  },
  {
    fault: "everybody gets the same credentials",
    slot: "cloud",
    spoil: (call) => credentials(call, { credentials: { AWS_ACCESS_KEY_ID: "ASIA" } }),
    found: ["cloud/each-user-their-own"],
  },
  {
    fault: "everybody has the same lease",
    slot: "cloud",
    spoil: (call) => credentials(call, { leaseId: "one", renewable: false, revocable: false }),
    found: ["cloud/each-user-their-own"],
  },
  {
    fault: "a renewable lease without a handle",
    slot: "cloud",
    spoil: (call) => credentials(call, { leaseId: "", revocable: false }),
    found: ["cloud/lease-renew"],
  },
  {
    fault: "a renewable lease that cannot be renewed",
    slot: "cloud",
    spoil: ({ rpc }) => (rpc === "RenewCredentials" ? { raw: "", type: "application/proto" } : undefined),
    found: ["cloud/lease-renew", "cloud/lease-revoke", "cloud/unknown-lease"],
  },
  {
    fault: "renewed credentials that end before the first ones",
    slot: "cloud",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "RenewCredentials") return undefined;
      const { status, json } = await forward();
      return status === 200 ? { ...json, expiresAt: String(Number(json.expiresAt) - 100) } : undefined;
    },
    found: ["cloud/lease-renew"],
  },
  {
    fault: "revoking a lease does nothing",
    slot: "cloud",
    spoil: ({ rpc, request }) => {
      if (rpc !== "RevokeCredentials") return undefined;
      return { revoked: !String(request.leaseId).startsWith("conformance-") };
    },
    found: ["cloud/lease-revoke"],
  },
  {
    fault: "a revocable lease is not revoked",
    slot: "cloud",
    spoil: ({ rpc }) => (rpc === "RevokeCredentials" ? { revoked: false } : undefined),
    found: ["cloud/lease-revoke"],
  },
  {
    fault: "a second revoke fails",
    slot: "cloud",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "RevokeCredentials" || String(request.leaseId).startsWith("conformance-")) return undefined;
      const { json } = await forward();
      return json.revoked === true ? json : "hang";
    },
    found: ["cloud/lease-revoke"],
  },
  {
    fault: "any lease is renewed",
    slot: "cloud",
    spoil: ({ rpc, request }) =>
      rpc === "RenewCredentials" && String(request.leaseId).startsWith("conformance-")
        ? { credentials: { AWS_ACCESS_KEY_ID: "ASIA" }, expiresAt: soon() }
        : undefined,
    found: ["cloud/unknown-lease"],
  },
  {
    fault: "any lease is revoked",
    slot: "cloud",
    spoil: ({ rpc }) => (rpc === "RevokeCredentials" ? { revoked: true } : undefined),
    found: ["cloud/lease-revoke", "cloud/unknown-lease"],
  },
  {
    fault: "sharing twice makes two grants",
    slot: "sharing",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "ShareResource" || request.granteeId !== "conformance-reader") return undefined;
      starts += 1;
      const { status, json } = await forward({ ...request, granteeId: `conformance-reader-${starts}` });
      if (status !== 200) return undefined;
      return { grant: { ...(json.grant as object), granteeId: request.granteeId } };
    },
    found: ["sharing/share-is-idempotent", "sharing/idempotent-under-concurrency", "sharing/get-grant"],
  },
  {
    fault: "revoking lies",
    slot: "sharing",
    spoil: ({ rpc }) => (rpc === "RevokeAccess" ? { revoked: true } : undefined),
    found: [
      "sharing/share-list-revoke",
      "sharing/revoke-unknown",
      "sharing/list-by-person",
      "sharing/list-ended",
    ],
  },
  {
    fault: "the newest grant first",
    slot: "sharing",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "ListAccess") return undefined;
      const { json } = await forward();
      return { grants: ((json.grants ?? []) as unknown[]).toReversed() };
    },
    found: ["sharing/list-oldest-first"],
  },
  {
    fault: "anyone gives anything away",
    slot: "sharing",
    spoil: ({ rpc }) => (rpc === "TransferOwnership" ? { transferred: true } : undefined),
    found: ["sharing/transfer-compare-and-set", "sharing/transfer-repeat"],
  },
  {
    fault: "a repeated transfer is refused",
    slot: "sharing",
    spoil: ({ rpc, request }) => {
      if (rpc !== "TransferOwnership") return undefined;
      const text = JSON.stringify(request);
      const known = transfers.has(text);
      transfers.add(text);
      return known ? { status: 400, code: "failed_precondition" } : undefined;
    },
    found: ["sharing/transfer-repeat"],
  },
  {
    fault: "equal requests at once make several grants",
    slot: "sharing",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "ShareResource") return undefined;
      sharing += 1;
      const busy = sharing > 1;
      const wanted = request.granteeId;
      const { status, json } = await forward(
        busy ? { ...request, granteeId: `${String(wanted)}-2` } : request,
      );
      sharing -= 1;
      return status === 200 ? { grant: { ...(json.grant as object), granteeId: wanted } } : undefined;
    },
    found: ["sharing/idempotent-under-concurrency"],
  },
  {
    fault: "what is gone is not forgotten",
    slot: "sharing",
    spoil: ({ rpc }) => (rpc === "ForgetResource" ? { revoked: 1 } : undefined),
    found: ["sharing/forget-resource"],
  },
  {
    fault: "GetGrant answers a default message",
    slot: "sharing",
    spoil: ({ rpc }) => (rpc === "GetGrant" ? {} : undefined),
    found: ["sharing/get-grant"],
  },
  {
    fault: "GetGrant makes up what it does not know",
    slot: "sharing",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "GetGrant") return undefined;
      const { status, json } = await forward();
      return status === 200 ? json : { grant: { grantId: request.grantId } };
    },
    found: ["sharing/get-grant"],
  },
  {
    fault: "roles count for nothing in a person's list",
    slot: "sharing",
    spoil: ({ rpc, request, forward }) => personPage(rpc, () => forward({ ...request, roles: [] })),
    found: ["sharing/list-by-person"],
  },
  {
    fault: "a person's list has no second page",
    slot: "sharing",
    spoil: ({ rpc, forward }) => personPage(rpc, forward, { nextPageToken: "" }),
    found: ["sharing/list-by-person"],
  },
  {
    fault: "a person's list never ends",
    slot: "sharing",
    spoil: ({ rpc, request, forward }) =>
      personPage(rpc, () => forward({ ...request, pageToken: "" }), { nextPageToken: "again" }),
    found: ["sharing/list-by-person"],
  },
  {
    fault: "a person's list leaves page_size to itself",
    slot: "sharing",
    spoil: ({ rpc, request, forward }) => personPage(rpc, () => forward({ ...request, pageSize: 0 })),
    found: ["sharing/list-by-person"],
  },
  {
    fault: "ended grants do not say who took them back",
    slot: "sharing",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "ListAccess" || request.includeEnded !== true) return undefined;
      const { json } = await forward();
      return { grants: (json.grants as Json[]).map(({ revokedBy: _who, ...grant }) => grant) };
    },
    found: ["sharing/list-ended"],
  },
  {
    fault: "an explanation of its own mind",
    slot: "enforcement",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Explain") return undefined;
      const { json } = await forward();
      return { ...json, allowed: true };
    },
    found: ["enforcement/explain-agrees"],
  },
  {
    fault: "a sufficient path for what is denied",
    slot: "enforcement",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Explain") return undefined;
      const { json } = await forward();
      return { ...json, paths: [{ source: "grant", sufficient: true }] };
    },
    found: ["enforcement/explain-agrees"],
  },
  {
    fault: "a stream of invalidations that ends after its first message",
    slot: "enforcement",
    spoil: ({ rpc }) => (rpc === "WatchInvalidations" ? rawStream({ revision: "1" }) : undefined),
    found: ["enforcement/watch-invalidations"],
  },
  {
    fault: "a stream of invalidations without a word",
    slot: "enforcement",
    spoil: ({ rpc }) => (rpc === "WatchInvalidations" ? "hang" : undefined),
    found: ["enforcement/watch-invalidations"],
  },
  {
    fault: "owners may do everything, which this run does not expect",
    slot: "enforcement",
    spoil: ({ rpc, request }) =>
      rpc === "CanAccess" && request.ownerId === request.userId && request.userId
        ? { allowed: true }
        : undefined,
    found: ["enforcement/owner-and-ancestors", "enforcement/explain-agrees"],
  },
  {
    fault: "an unknown caller may do what somebody known may not",
    slot: "enforcement",
    spoil: ({ rpc, request }) =>
      rpc === "CanAccess" && request.userId === "anonymous" && request.action === "share"
        ? { allowed: true }
        : undefined,
    found: ["enforcement/anonymous"],
  },
  {
    fault: "a batch out of order",
    slot: "enforcement",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "BatchCanAccess") return undefined;
      const { json } = await forward();
      return { results: (json.results as unknown[]).toReversed() };
    },
    found: ["enforcement/batch-in-order"],
  },
  {
    fault: "a batch that is cut short",
    slot: "enforcement",
    spoil: ({ rpc }) => (rpc === "BatchCanAccess" ? {} : undefined),
    found: ["enforcement/batch-in-order", "enforcement/batch-of-1000"],
  },
  {
    fault: "a submit that starts the run again",
    slot: "executor",
    spoil: async ({ rpc, forward }) => {
      if (rpc !== "Submit") return undefined;
      const { status, json } = await forward();
      // As an executor would answer that starts anew for each Submit: the new start is running.
      return status === 200 ? { ...json, status: "RUN_STATUS_RUNNING" } : undefined;
    },
    found: [
      "executor/submit-runs",
      "executor/submit-is-idempotent",
      "executor/cancel",
      "executor/deadline",
      "executor/status",
    ],
  },
  {
    fault: "no regard for epochs",
    slot: "executor",
    spoil: async ({ rpc, request, forward }) => {
      if (rpc !== "Submit") return undefined;
      const { status, json } = await forward({ ...request, epoch: "7" });
      return status === 200 ? json : undefined;
    },
    found: ["executor/lower-epoch"],
  },
  {
    fault: "a cancel that does nothing",
    slot: "executor",
    spoil: ({ rpc }) => (rpc === "Cancel" ? { cancelled: true } : undefined),
    found: ["executor/cancel", "executor/cancel-unknown"],
  },
];

test.each(PLANTED)("finds a planted fault: $fault", async ({ slot, spoil, found }) => {
  const address = await servePlanted(slot, spoil);
  expect(await failedCases(slot, address, { timeoutMs: 3000 })).toEqual(found);
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
