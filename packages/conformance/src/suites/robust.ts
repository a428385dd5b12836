import { Code } from "@connectrpc/connect";
import { PluginService } from "@rat/contracts/plugin";
import type { ConformanceCase } from "../conformance-case.ts";
import { require } from "../expectations.ts";
import { requireHealth } from "./health.ts";

const { healthCheck } = PluginService.method;
const path = `/${healthCheck.parent.typeName}/${healthCheck.name}`;

/** What a plugin must survive, whatever its slot. */
export const robustSuite: readonly ConformanceCase[] = [
  {
    name: "robust/large-body",
    level: "robust",
    wires: ["json"],
    async run(target) {
      const body = JSON.stringify({ filler: "x".repeat(5 * 1024 * 1024) });
      // A refusal may also cut the connection in the middle of the body.
      await target.post(path, body).catch(() => undefined);
      await requireHealth(target);
    },
  },
  {
    name: "robust/wrong-content-type",
    level: "robust",
    wires: ["json"],
    async run(target) {
      const outcome = await target.post(path, "{}", "text/plain");
      require(outcome.status >= 400, outcome.exchange, "an HTTP error for a content type that is no RPC");
      await requireHealth(target);
    },
  },
  {
    name: "robust/abandoned-request",
    level: "robust",
    wires: ["json"],
    async run(target) {
      await Promise.all(Array.from({ length: 10 }, () => target.abandon(path)));
      await requireHealth(target);
    },
  },
  {
    name: "robust/cancelled-calls",
    level: "robust",
    async run(target) {
      const calls = Array.from({ length: 20 }, async () => {
        const leave = new AbortController();
        const call = target.call(healthCheck, {}, { signal: leave.signal });
        setImmediate(() => leave.abort());
        const outcome = await call;
        // The call may have been faster than its cancellation.
        const fine = outcome.ok || outcome.error.code === Code.Canceled;
        require(fine, outcome.exchange, "an answer, or nothing but the cancellation");
      });
      await Promise.all(calls);
      await requireHealth(target);
    },
  },
];
