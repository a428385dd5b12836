import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { EnforcementService } from "@rat/contracts/enforcement";
import { expect, test } from "vitest";
import { MemoryPlugin } from "../../../../../tests/support/memory-plugin.ts";
import {
  ALICE,
  enforcementCases,
  enforcementSuite,
  READ,
} from "../../../../../tests/support/suites/enforcement-suite.ts";
import {
  broken,
  contextOf,
  settle,
  spoilt,
  type Implementation,
} from "../../../../../tests/support/suites/port-suite.ts";
import { callOptions } from "../remote-call.ts";
import type { EnforcementPort } from "./enforcement.ts";
import { noopEnforcement } from "./noop-enforcement.ts";
import { remoteEnforcement } from "./remote-enforcement.ts";

const NOBODY_DECIDES = { allowed: true, reason: "No enforcement plugin decides." };
const ALLOWED = { allowed: true, reason: "of the team", maxAgeMs: 1000 };
const DENIED = { allowed: false, reason: "may not delete", maxAgeMs: undefined };

enforcementSuite("no plugin", {
  create: () => ({ port: noopEnforcement }),
  well: {
    canAccess: { answer: NOBODY_DECIDES },
    canAccessAll: { answer: [NOBODY_DECIDES, NOBODY_DECIDES] },
    explain: { answer: NOBODY_DECIDES },
    watchInvalidations: { refused: "not_available" },
  },
});

const byPlugin: Implementation<EnforcementPort> = {
  create() {
    const plugin = new MemoryPlugin("enforcement", (router) =>
      router.service(EnforcementService, {
        canAccess: () => ALLOWED,
        batchCanAccess: ({ checks }) => ({
          results: checks.map(({ action }) => (action === "read" ? ALLOWED : DENIED)),
        }),
        explain: () => ({
          ...ALLOWED,
          paths: [
            { source: "grant", grantId: "g1", level: "read", sufficient: true, expiresAt: 4_102_444_800n },
          ],
        }),
        async *watchInvalidations() {
          yield { revision: "1" };
          yield { revision: "2" };
        },
      }),
    );
    return { port: remoteEnforcement(plugin), plugin };
  },
  well: {
    canAccess: { answer: ALLOWED },
    canAccessAll: { answer: [ALLOWED, DENIED] },
    explain: {
      answer: {
        allowed: true,
        reason: "of the team",
        paths: [
          {
            source: "grant",
            resourceType: "",
            resourceId: "",
            level: "read",
            sufficient: true,
            grantId: "g1",
            grantedBy: "",
            expiresAt: new Date(Date.UTC(2100, 0, 1)),
          },
        ],
      },
    },
    watchInvalidations: { answer: ["1", "2"] },
  },
};

enforcementSuite("a plugin", byPlugin);

test("the suite notices an adapter that takes as many decisions as it gets", async () => {
  const trusting = spoilt(byPlugin, (_, { transport }) => ({
    async canAccessAll(_who, checks, context) {
      const client = createClient(EnforcementService, transport);
      const actions = checks.map(({ action }) => ({ action }));
      return (await client.batchCanAccess({ checks: actions }, callOptions(context))).results;
    },
  }));
  const found = await broken(enforcementCases(trusting));
  expect(found).toContain("canAccessAll replied to with too few decisions is refused: plugin_malformed");
  expect(found).toContain("canAccessAll lets no reply through that the port does not allow");
  expect(found).toContain("canAccessAll of a plugin that is gone is refused: plugin_unavailable");
  expect(found.filter((name) => !name.startsWith("canAccessAll"))).toEqual([]);
});

test("a plugin that has CanAccess only is asked by it for everything, and its refusals are handed on", async () => {
  const plugin = new MemoryPlugin("enforcement", (router) =>
    router.service(EnforcementService, {
      canAccess({ action }) {
        if (action === "use") throw new ConnectError("not now", Code.ResourceExhausted);
        return action === "read" ? ALLOWED : DENIED;
      },
    }),
  );
  const port = remoteEnforcement(plugin);
  const ask = (action: string) => ({ ...READ, action });
  const many = Array.from({ length: 40 }, (_, n) => ask(n % 2 === 0 ? "read" : "delete"));
  expect(await port.canAccessAll(ALICE, many, contextOf())).toEqual(
    many.map(({ action }) => (action === "read" ? ALLOWED : DENIED)),
  );
  expect(await port.explain(ALICE, ask("read"), contextOf())).toEqual({ ...ALLOWED, paths: undefined });
  const { outcome } = await settle(() => port.canAccessAll(ALICE, [ask("read"), ask("use")], contextOf()));
  expect(outcome).toEqual({ refused: "plugin_unavailable" });
});
