import { Code } from "@connectrpc/connect";
import { CloudService } from "@rat/contracts/cloud";
import type { ConformanceCase } from "../conformance-case.ts";
import { refused, require } from "../expectations.ts";
import { cloudLeaseCases } from "./cloud-leases.ts";
import { cloudScopeCases } from "./cloud-scopes.ts";
import { requireCredentials, vend } from "./cloud-steps.ts";

const { getCredentials } = CloudService.method;

/** What a cloud plugin must do. */
export const cloudSuite: readonly ConformanceCase[] = [
  {
    name: "cloud/credentials",
    level: "slot",
    async run(target) {
      const { vended, exchange } = await vend(target);
      requireCredentials(vended, exchange);
    },
  },
  {
    name: "cloud/unknown-provider",
    level: "slot",
    async run(target) {
      const asked = { provider: "conformance-no-such-provider", resource: "r", userId: "conformance" };
      refused(await target.call(getCredentials, asked), Code.Unimplemented);
    },
  },
  {
    name: "cloud/empty-resource",
    level: "slot",
    async run(target) {
      const { provider = "aws" } = target.config;
      const outcome = await target.call(getCredentials, { provider, resource: "", userId: "conformance" });
      require(!outcome.ok, outcome.exchange, "an error: credentials for nothing in particular open everything");
    },
  },
  ...cloudScopeCases,
  ...cloudLeaseCases,
];
