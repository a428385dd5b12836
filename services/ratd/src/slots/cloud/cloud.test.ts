import { CloudService } from "@rat/contracts/cloud";
import { EnforcementService } from "@rat/contracts/enforcement";
import { expect, test } from "vitest";
import { MemoryPlugin } from "../../../../../tests/support/memory-plugin.ts";
import { cloudCases, cloudSuite, NOW } from "../../../../../tests/support/suites/cloud-suite.ts";
import { broken, spoilt, type Implementation } from "../../../../../tests/support/suites/port-suite.ts";
import { sharedContext } from "../slot.ts";
import type { CloudPort } from "./cloud.ts";
import { noopCloud } from "./noop-cloud.ts";
import { remoteCloud } from "./remote-cloud.ts";

const IN_A_MINUTE = NOW + 60_000;
const CREDENTIALS = { credentials: { KEY: "k" }, expiresAt: BigInt(IN_A_MINUTE / 1000) };
const VENDED = { values: { KEY: "k" }, expiresAt: new Date(IN_A_MINUTE) };

cloudSuite("no plugin", {
  create: () => ({ port: noopCloud }),
  well: {
    getCredentials: { refused: "not_available" },
    renew: { refused: "not_available" },
    revoke: { refused: "not_available" },
  },
});

const byPlugin: Implementation<CloudPort> = {
  create() {
    const plugin = new MemoryPlugin("cloud", (router) =>
      // The original contract, which is asked where the slot's own is not served.
      router.service(EnforcementService, {}).service(CloudService, {
        getCredentials: () => ({ ...CREDENTIALS, leaseId: "lease-1", renewable: true, scopesApplied: true }),
        renewCredentials: () => CREDENTIALS,
        revokeCredentials: () => ({ revoked: true }),
      }),
    );
    return { port: remoteCloud(plugin, () => NOW), plugin };
  },
  well: {
    getCredentials: { answer: { ...VENDED, leaseId: "lease-1", renewable: true, revocable: false } },
    renew: { answer: VENDED },
    revoke: { answer: true },
  },
};

cloudSuite("a plugin", byPlugin);

test("the suite notices an adapter that goes on without its caller", async () => {
  const stubborn = spoilt(byPlugin, (port) => ({
    revoke: (leaseId, context) => port.revoke(leaseId, sharedContext(context)),
  }));
  expect(await broken(cloudCases(stubborn))).toEqual([
    "revoke ends when its caller leaves",
    "revoke ends at once when its caller has left before",
  ]);
});
