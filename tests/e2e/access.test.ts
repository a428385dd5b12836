import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, it } from "vitest";
import { whyNoMoto } from "../support/moto.ts";
import { until } from "../support/until.ts";
import { AccessWorld, type AccessSlot, type Account } from "./access-world.ts";

const missing = whyNoMoto();
if (missing !== undefined) console.warn(`The story of access control is skipped: ${missing}`);

const PIPELINE = "sales/bronze/orders";
const TIMEOUT_MS = 180_000;

/** Says who the run is to AWS, as far as a run may print it. */
const SCRIPT = 'test -n "$AWS_SECRET_ACCESS_KEY" && test -n "$AWS_SESSION_TOKEN" && echo "with $AWS_REGION"';

async function makePipeline(world: AccessWorld, who: Account): Promise<void> {
  expect(await world.rat(who, "namespace", "create", "sales")).toMatchObject({ exit: 0 });
  const body = {
    namespace: "sales",
    layer: "bronze",
    name: "orders",
    kind: "command",
    spec: { argv: ["sh", "-c", SCRIPT] },
  };
  expect(await world.as(who, "/api/v1/pipelines", { body })).toMatchObject({ status: 201 });
}

describe.skipIf(missing !== undefined)(
  `the access overlay${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    it(
      "lets alice share a pipeline that bob runs with credentials of his own, and cuts him off when she takes it back",
      async () => {
        await using world = await AccessWorld.open();
        expect(await world.signIn("alice")).toMatchObject({ exit: 0 });
        expect(await world.signIn("bob")).toMatchObject({ exit: 0 });
        await makePipeline(world, "alice");
        expect(await world.as("bob", `/api/v1/pipelines/${PIPELINE}`)).toMatchObject({ status: 404 });

        const grant = ["pipeline", PIPELINE, "--user", "bob", "--permission", "write"];
        const added = await world.rat("alice", "access", "shares", "add", ...grant);
        expect(added).toMatchObject({ exit: 0 });
        const id = /rat access shares remove (\S+)/.exec(added.stderr)?.[1] ?? "";

        const run = await world.rat("bob", "run", "start", PIPELINE, "--follow");
        expect(run).toMatchObject({ exit: 0 });
        expect(run.stdout).toContain("with us-east-1");

        const given = await world.as("bob", "/api/v1/credentials", {
          body: { resource_type: "pipeline", resource_id: PIPELINE, access: "read" },
        });
        expect(given).toMatchObject({
          status: 200,
          json: { resource: "arn:aws:s3:::rat-lake/sales/bronze/orders/*", access: "read" },
        });
        expect(await identity(world, given.json["credentials"] as Record<string, string>)).toContain("/bob.");

        expect(await world.rat("alice", "access", "shares", "remove", id, "--yes")).toMatchObject({
          exit: 0,
        });
        const cut = [
          () => world.as("bob", `/api/v1/pipelines/${PIPELINE}`),
          () =>
            world.as("bob", "/api/v1/runs", {
              body: { namespace: "sales", layer: "bronze", pipeline: "orders" },
            }),
          () =>
            world.as("bob", "/api/v1/credentials", {
              body: { resource_type: "pipeline", resource_id: PIPELINE },
            }),
        ];
        for (const call of cut) await until(async () => (await call()).status === 404, { timeoutMs: 1000 });
        const refused = await world.rat("bob", "run", "start", PIPELINE);
        expect(refused.exit).not.toBe(0);
        expect(refused.stderr).toContain(PIPELINE);
        const leases = await world.as("bob", "/api/v1/leases");
        expect((leases.json["leases"] as { state: string }[]).map(({ state }) => state)).not.toContain(
          "active",
        );
        // She herself works on.
        expect(await world.rat("alice", "run", "start", PIPELINE, "--wait")).toMatchObject({ exit: 0 });
      },
      TIMEOUT_MS,
    );

    /** What needs the plugin of each slot, asked by the owner. */
    const asks: Readonly<Record<AccessSlot, (world: AccessWorld) => ReturnType<AccessWorld["as"]>>> = {
      auth: (world) => world.as("alice", "/api/v1/me"),
      enforcement: (world) => world.as("alice", `/api/v1/pipelines/${PIPELINE}`),
      sharing: (world) =>
        world.as("alice", "/api/v1/sharing", {
          body: { resource_type: "pipeline", resource_id: PIPELINE, grantee_id: "bob", permission: "read" },
        }),
      cloud: (world) =>
        world.as("alice", "/api/v1/credentials", {
          body: { resource_type: "pipeline", resource_id: PIPELINE },
        }),
    };

    it(
      "refuses while the plugin of a slot is down, as rat.access.yaml says, and serves again when it is back",
      async () => {
        await using world = await AccessWorld.open();
        await world.signIn("alice");
        await makePipeline(world, "alice");
        for (const slot of ["auth", "enforcement", "sharing", "cloud"] as const) {
          await world.kill(slot, "denying");
          expect(await asks[slot](world)).toMatchObject({ status: 503, json: { code: "slot_denying" } });
          await world.revive(slot);
          await until(async () => (await asks[slot](world)).status < 300, { timeoutMs: 10_000, what: slot });
        }
      },
      TIMEOUT_MS,
    );

    it(
      "goes on with the built-ins when on_down is noop",
      async () => {
        await using world = await AccessWorld.open({ onDown: "noop" });
        await world.signIn("alice");
        await makePipeline(world, "alice");
        const answers = {
          // Nobody is known, so nobody may mint keys; enforcement decides on an unknown caller.
          auth: { status: 200, json: { user_id: "anonymous", auth_mode: "noop-fallback", roles: [] } },
          enforcement: { status: 200 },
          sharing: { status: 501, json: { code: "not_available" } },
          cloud: { status: 501, json: { code: "not_available" } },
        } satisfies Record<AccessSlot, object>;
        for (const slot of ["enforcement", "sharing", "cloud", "auth"] as const) {
          await world.kill(slot, "fallback");
          expect({ slot, ...(await asks[slot](world)) }).toMatchObject({ slot, ...answers[slot] });
          await world.revive(slot);
        }
      },
      TIMEOUT_MS,
    );
  },
);

async function identity(world: AccessWorld, credentials: Readonly<Record<string, string>>): Promise<string> {
  const client = new STSClient({
    region: "us-east-1",
    endpoint: world.moto.url,
    credentials: {
      accessKeyId: credentials["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: credentials["AWS_SECRET_ACCESS_KEY"] ?? "",
      sessionToken: credentials["AWS_SESSION_TOKEN"] ?? "",
    },
  });
  const { Arn } = await client.send(new GetCallerIdentityCommand({}));
  client.destroy();
  return Arn ?? "";
}
