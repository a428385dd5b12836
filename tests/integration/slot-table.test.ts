import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SLOT_NAMES, type SlotName } from "../../services/ratd/src/config/schema.ts";
import { RatError } from "../../services/ratd/src/errors.ts";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

/** What is the matter with the plugin, and how a test brings it about. */
const CONDITIONS = [
  "not configured",
  "healthy",
  "degraded",
  "down",
  "down at boot",
  "recovering",
  "slow",
  "erroring",
  "malformed",
  "unknown",
] as const;
type Condition = (typeof CONDITIONS)[number];
const POSTURES = ["noop", "deny"] as const;
type Posture = (typeof POSTURES)[number];

/** The health that the plugin must have before the cell is read. */
const SETTLED: Readonly<Record<Condition, string | undefined>> = {
  "not configured": undefined,
  healthy: "healthy",
  degraded: "degraded",
  down: "down",
  "down at boot": "down",
  recovering: "healthy",
  slow: "healthy",
  erroring: "healthy",
  malformed: "healthy",
  unknown: "unknown",
};

/** One request to each slot, and what its answer says in short. */
const REQUESTS: Readonly<Record<SlotName, (rat: TestRatd) => Promise<string>>> = {
  async auth({ call }) {
    const { status, json, headers } = await call("/api/v1/me", { token: "alice" });
    const who = status === 200 ? `${String(json["user_id"])}, ` : `${String(json["code"])}, `;
    return `${status} ${who}${headers.get("x-rat-auth-mode")}${retry(headers)}`;
  },
  async sharing({ call }) {
    const body = { grantee_id: "bob", resource_type: "table", resource_id: "p", permission: "read" };
    const { status, json, headers } = await call("/api/v1/sharing", { body, token: "alice" });
    return `${status} ${String(json["grant_id"] ?? json["code"])}${retry(headers)}`;
  },
  async enforcement({ call }) {
    const body = { action: "read", resource_type: "pipeline", resource_id: "p" };
    const { status, json, headers } = await call("/api/v1/access/check", { body, token: "alice" });
    return `${status} ${status === 200 ? `allowed: ${String(json["allowed"])}` : String(json["code"])}${retry(headers)}`;
  },
  async cloud({ call }) {
    const body = { resource_type: "namespace", resource_id: "default", access: "write" };
    const { status, json, headers } = await call("/api/v1/credentials", { body, token: "alice" });
    return `${status} ${status === 200 ? "credentials" : String(json["code"])}${retry(headers)}`;
  },
  async executor({ ratd }) {
    const context = { requestId: "r", traceparent: "", signal: new AbortController().signal };
    const run = {
      runId: "run-1",
      namespace: "default",
      layer: "bronze",
      pipelineName: "p",
      trigger: "manual",
      s3Credentials: {},
      env: {},
      epoch: 1n,
      deadline: undefined,
      spec: {},
      kind: "command",
      token: "",
      reportUrl: "",
    } as const;
    try {
      return `submitted: ${await ratd.slots.current().use("executor").submit(run, context)}`;
    } catch (error) {
      const { code, retryAfterSeconds } = RatError.from(error);
      return `${code}${retryAfterSeconds === undefined ? "" : ", Retry-After"}`;
    }
  },
};

function retry(headers: Headers): string {
  return headers.has("retry-after") ? ", Retry-After" : "";
}

/** What the test reads of a slot in /health. */
interface ShownSlot {
  readonly health: string | null;
  readonly state: string;
  readonly served_by: string;
}

interface Row {
  readonly slot: SlotName;
  readonly condition: Condition;
  readonly onDown: Posture;
  readonly cells: readonly string[];
}

describe("the slot table", () => {
  let database: TestDatabase;
  let auth: FakePlugin;
  const rows: Row[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    auth = await FakePlugin.start();
  });
  afterAll(async () => {
    await auth[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const cells = SLOT_NAMES.flatMap((slot) =>
    CONDITIONS.flatMap((condition) => POSTURES.map((onDown) => ({ slot, condition, onDown }))),
  );
  it.for(cells)("$slot, $condition, on_down $onDown", async ({ slot, condition, onDown }) => {
    const cells = await observe(slot, condition, onDown);
    expect(cells).not.toContain("undefined");
    rows.push({ slot, condition, onDown, cells });
  });

  it("is the documented one, all 100 cells", async () => {
    expect(rows).toHaveLength(100);
    await expect(render(rows)).toMatchFileSnapshot("../../docs/reference/slot-behaviour.md");
  });

  async function observe(slot: SlotName, condition: Condition, onDown: Posture): Promise<string[]> {
    await using stack = new AsyncDisposableStack();
    const plugin = stack.use(await FakePlugin.start());
    if (condition === "down at boot" || condition === "recovering") await plugin.down();
    if (condition === "degraded") plugin.health = { status: "degraded", message: "half awake" };
    if (condition === "unknown") plugin.health = { status: "splendid", message: "" };
    if (condition === "slow" || condition === "erroring" || condition === "malformed")
      plugin.behaviour = condition;

    const entry = {
      image: `rat/fake-${slot}:1`,
      address: plugin.address,
      on_down: onDown,
      timeout: { rpc: "300ms" },
    };
    const plugins = {
      // The other slots need a caller who is identified.
      ...(slot === "auth" ? {} : { auth: { image: "rat/the-auth:1", address: auth.address } }),
      ...(condition === "not configured" ? {} : { [slot]: entry }),
    };
    const rat = stack.use(await startTestRatd(database.connectionString, { plugins }));
    if (condition === "down") await plugin.down();
    if (condition === "recovering") await plugin.up();
    const settled = SETTLED[condition];
    const status = await until(async () => {
      const { json } = await rat.call("/health");
      const found = (json["slots"] as Record<string, ShownSlot>)[slot];
      return found !== undefined && (found.health ?? undefined) === settled ? found : undefined;
    });
    const answer = await REQUESTS[slot](rat);
    const { json: features } = await rat.call("/features");
    const flag = { executor: "container_executor", cloud: "cloud_aws" }[slot as string] ?? slot;
    return [status.health ?? "–", status.state, status.served_by, String(features[flag]), answer];
  }
});

function render(rows: readonly Row[]): string {
  const head = ["slot", "condition", "on_down", "health", "state", "served by", "feature", "answer"];
  const body = rows.map(({ slot, condition, onDown, cells }) => [slot, condition, onDown, ...cells]);
  const line = (values: readonly string[]) => `| ${values.join(" | ")} |`;
  return [
    "# How each slot behaves",
    "",
    "Written and checked by tests/integration/slot-table.test.ts: a real ratd, one cell at a time.",
    "The answer is that of one request: `GET /api/v1/me`, `POST /api/v1/sharing`, `POST /api/v1/access/check`,",
    "`POST /api/v1/credentials`, and `Submit` for the executor. Slow: longer than `timeout.rpc`; erroring: the slot's RPC",
    "answers `internal`; malformed: it answers the zero value; unknown: HealthCheck says a word that RAT does not know.",
    "",
    line(head),
    line(head.map(() => "---")),
    ...body.map(line),
    "",
  ].join("\n");
}
