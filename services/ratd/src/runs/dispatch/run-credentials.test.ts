import { beforeEach, expect, test } from "vitest";
import { createManualClock } from "../../../../../tests/support/manual-clock.ts";
import type { Lease } from "../../credentials/lease-store.ts";
import type { LeaseRequest } from "../../credentials/leases.ts";
import { RatError } from "../../errors.ts";
import { silentLogger } from "../../platform/logger.ts";
import type { SlotSnapshot } from "../../slots/slot-snapshot.ts";
import { newCallContext } from "../../slots/slot.ts";
import { ActiveRun } from "./active-run.ts";
import type { OwnedRun } from "./dispatch-store.ts";
import { CredentialSource } from "./run-credentials.ts";

const clock = createManualClock();
const context = newCallContext("test", new AbortController().signal);
const RUN = {
  id: "run",
  namespace: "team",
  layer: "silver",
  pipeline: "daily",
  createdBy: "ada",
  roles: [],
  identified: true,
  attempt: 1,
  remainingMs: 60_000,
} as unknown as OwnedRun;
const served = { plugin: { name: "plugin" }, servedBy: "plugin" };
const snapshot = { statuses: { auth: served, cloud: served } } as unknown as SlotSnapshot;

/** What happened at the leases, in order: `issue <scopes>`, `renew <lease>`, `revoke <lease>`. */
let happened: string[];
/** What the creator may do with the whole namespace. */
let rights: readonly ("write" | "read")[];
let forgotten: boolean;
let active: ActiveRun;
let source: CredentialSource;

beforeEach(() => {
  happened = [];
  rights = ["write", "read"];
  forgotten = false;
  active = new ActiveRun(RUN, "running", clock.monotonic());
  const expiresAt = new Date(clock.now() + 60_000);
  const leaseOf = (id: string) => ({ id, renewable: true, revocable: true }) as Lease;
  source = new CredentialSource({
    slots: { current: () => snapshot },
    access: {
      decideAll: (_who, questions) =>
        Promise.resolve(
          questions.map(({ action }) => ({ allowed: rights.some((right) => right === action), reason: "" })),
        ),
    },
    leases: {
      issue: ({ scopes }: LeaseRequest) => {
        happened.push(`issue ${scopes.map(({ access, resource }) => `${access} ${resource}`).join(", ")}`);
        return Promise.resolve({ lease: leaseOf(`lease-${happened.length}`), values: {}, expiresAt });
      },
      renew: (lease) => {
        happened.push(`renew ${lease.id}`);
        return forgotten
          ? Promise.reject(new RatError("not_found", "no such lease"))
          : Promise.resolve({ lease, values: {}, expiresAt });
      },
      revoke: (id) => {
        happened.push(`revoke ${id}`);
        return Promise.resolve({ lease: leaseOf(id), ended: true });
      },
    },
    leaseWatch: { runsEnded: () => void happened.push("sweep") },
    clock,
    logger: silentLogger,
    config: { provider: "aws", resource: "s3://lake/{namespace}/*" },
  });
});

const get = () => source.get(active, context);

test("are renewed as long as the creator may reach the same", async () => {
  await get();
  await get();
  await get();
  expect(happened).toEqual(["issue write s3://lake/team/*", "renew lease-1", "renew lease-1"]);
});

test("are given anew once the creator may reach less, and the former ones end", async () => {
  await get();
  rights = ["read"];
  await get();
  rights = [];
  await get();
  await get();
  expect(happened).toEqual([
    "issue write s3://lake/team/*",
    "issue write s3://lake/team/silver/daily/*, read s3://lake/team/*",
    "revoke lease-1",
    "issue write s3://lake/team/silver/daily/*",
    "revoke lease-2",
    "renew lease-4",
  ]);
});

test("are given anew when the plugin has forgotten their lease", async () => {
  await get();
  forgotten = true;
  await get();
  expect(happened).toEqual([
    "issue write s3://lake/team/*",
    "renew lease-1",
    "issue write s3://lake/team/*",
    "revoke lease-1",
  ]);
});

test("end with the attempt", async () => {
  await get();
  source.release(active);
  expect(happened).toEqual(["issue write s3://lake/team/*", "revoke lease-1", "sweep"]);
});
