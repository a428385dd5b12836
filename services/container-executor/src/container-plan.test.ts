import { planRun, readRunOrder, type ExecutorSettings } from "@rat/executor-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { planContainer } from "./container-plan.ts";

const SETTINGS: ExecutorSettings = {
  instance: "test",
  max_concurrent: 4,
  user: "65532:65532",
  limits: { memory_mb: 512, cpus: 1, pids: 256, disk_mb: 256 },
  max_limits: { memory_mb: 2048, cpus: 2, pids: 1024, disk_mb: 1024 },
  allow_bridge: false,
  log_limit_mb: 10,
  stop_grace_ms: 1000,
  retention_s: 600,
  poll_ms: 5000,
  images: { default: "base:1", allow: [], require_digest: false, pull: "never" },
};

/** What the engine is told about the container of a command. */
function planOf(argv: readonly string[], env: Readonly<Record<string, string>>) {
  const input = {
    runId: "run.1",
    namespace: "",
    layer: undefined,
    pipelineName: "orders",
    trigger: "manual" as const,
    s3Credentials: {},
    env: {},
    epoch: 1n,
    deadline: undefined,
    spec: { argv: [...argv], env: { ...env } },
    kind: "command",
    token: "",
    reportUrl: "",
  };
  const order = readRunOrder(input, SETTINGS, new Date("2026-01-01T00:00:00Z"));
  const image = { id: `sha256:${"a1".repeat(32)}`, tags: [], digests: [], volumes: [] };
  return planContainer(planRun(order, image, undefined, SETTINGS));
}

test("whatever a spec says, the container is as confined as ever", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("$(id)", "`id`", "; rm -rf /", "--privileged"),
  );
  const spec = fc.record({
    argv: fc
      .array(
        text.map((part) => part.replaceAll("\0", "")),
        { minLength: 1 },
      )
      .filter(([first]) => first !== ""),
    env: fc.dictionary(
      fc.stringMatching(/^[A-Z]{1,8}$/),
      text.map((part) => part.replaceAll("\0", "")),
    ),
  });
  const plain = planOf(["true"], {});
  fc.assert(
    fc.property(spec, ({ argv, env }) => {
      const plan = planOf(argv, env);
      expect([plan.Entrypoint, plan.Cmd]).toEqual([argv.slice(0, 1), argv.slice(1)]);
      expect(plan.HostConfig).toEqual(plain.HostConfig);
      expect(plan.User).toBe(plain.User);
      expect(plan.Labels).toEqual(plain.Labels);
    }),
  );
});

test("the container of a command is shut but for what it needs", () => {
  const { HostConfig, User, Env, Image } = planOf(["true"], { A: "b" });
  expect(HostConfig).toEqual({
    Init: true,
    AutoRemove: false,
    RestartPolicy: { Name: "no" },
    Privileged: false,
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    NetworkMode: "none",
    IpcMode: "private",
    CgroupnsMode: "private",
    ShmSize: 16_777_216,
    Memory: 536_870_912,
    MemorySwap: 536_870_912,
    NanoCpus: 1e9,
    PidsLimit: 256,
    OomScoreAdj: 500,
    Ulimits: [
      { Name: "nofile", Soft: 4096, Hard: 4096 },
      { Name: "core", Soft: 0, Hard: 0 },
    ],
    LogConfig: { Type: "json-file", Config: { "max-size": "40m", "max-file": "2" } },
    Tmpfs: { "/tmp": "rw,nosuid,nodev,size=256m,mode=1777" },
    Mounts: [],
  });
  expect([User, Image]).toEqual(["65532:65532", `sha256:${"a1".repeat(32)}`]);
  expect(Env).toEqual([
    "HOME=/tmp",
    "A=b",
    "RAT_RUN_ID=run",
    "RAT_ATTEMPT=1",
    "RAT_NAMESPACE=",
    "RAT_LAYER=",
    "RAT_PIPELINE=orders",
  ]);
});
