import type { MessageInitShape } from "@bufbuild/protobuf";
import { EnforcementService, type CanAccessRequestSchema } from "@rat/contracts/enforcement";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import { answered, isUnimplemented, require } from "../expectations.ts";
import type { Target } from "../target.ts";
import { requireCredentials } from "./cloud.ts";

const { canAccess, batchCanAccess, getCredentials } = EnforcementService.method;

type Check = MessageInitShape<typeof CanAccessRequestSchema>;

const roles = [["admin"], [], ["viewer"], ["conformance-unknown-role"]];

/** A mix on which most policies differ, so that a wrong order shows. */
const CHECKS: readonly Check[] = roles.flatMap((held, index) =>
  ["read", "delete"].map((action) => ({
    userId: held.length === 0 ? "anonymous" : `conformance-${index}`,
    roles: held,
    resourceType: "pipeline",
    resourceId: `conformance-${index}`,
    action,
  })),
);

async function decide(target: Target, check: Check): Promise<boolean> {
  return answered(await target.call(canAccess, check), "a decision").allowed;
}

/** What an enforcement plugin must do. */
export const enforcementSuite: readonly ConformanceCase[] = [
  {
    name: "enforcement/answers",
    level: "slot",
    async run(target) {
      for (const check of CHECKS) await decide(target, check);
      await decide(target, { userId: "anonymous", resourceType: "pipeline", action: "read" });
    },
  },
  {
    name: "enforcement/same-question-same-answer",
    level: "slot",
    async run(target) {
      for (const check of CHECKS) {
        const first = await decide(target, check);
        const outcome = await target.call(canAccess, check);
        require(answered(outcome).allowed ===
          first, outcome.exchange, `the same decision, allowed = ${first}`);
      }
    },
  },
  {
    name: "enforcement/expected-decisions",
    level: "slot",
    async run(target) {
      const { decisions } = target.config;
      if (decisions === undefined) throw new Unproven("skip", "the run gives no `decisions`");
      for (const { allowed, ...expected } of decisions) {
        const outcome = await target.call(canAccess, {
          userId: expected.user_id,
          roles: [...(expected.roles ?? [])],
          resourceType: expected.resource_type,
          resourceId: expected.resource_id ?? "",
          action: expected.action,
        });
        require(answered(outcome).allowed === allowed, outcome.exchange, `allowed = ${allowed}`);
      }
    },
  },
  {
    name: "enforcement/batch-in-order",
    level: "slot",
    async run(target) {
      const outcome = await target.call(batchCanAccess, { checks: [...CHECKS] });
      if (isUnimplemented(outcome)) throw new Unproven("not_applicable", "BatchCanAccess is not offered");
      const { results } = answered(outcome, "decisions, or the error unimplemented");
      require(results.length === CHECKS.length, outcome.exchange, `${CHECKS.length} results`);
      const single: boolean[] = [];
      for (const check of CHECKS) single.push(await decide(target, check));
      const same = results.every(({ allowed }, index) => allowed === single[index]);
      require(same, outcome.exchange, `the single decisions in the same order: ${single.join(", ")}`);
      if (new Set(single).size === 1)
        throw new Unproven("skip", "all decisions are alike, which hides the order");
    },
  },
  {
    name: "enforcement/batch-of-1000",
    level: "slot",
    async run(target) {
      const checks = Array.from({ length: 1000 }, (_, index) => CHECKS[index % CHECKS.length] ?? {});
      const outcome = await target.call(batchCanAccess, { checks });
      if (isUnimplemented(outcome)) throw new Unproven("not_applicable", "BatchCanAccess is not offered");
      const { results } = answered(outcome, "1000 decisions");
      require(results.length === 1000, outcome.exchange, "1000 results");
    },
  },
  {
    name: "enforcement/credentials",
    level: "slot",
    async run(target) {
      const { provider = "aws", resource = "arn:aws:s3:::conformance/*" } = target.config;
      const outcome = await target.call(getCredentials, { provider, resource });
      if (isUnimplemented(outcome)) throw new Unproven("not_applicable", "GetCredentials is not offered");
      if (!outcome.ok && target.config.provider === undefined) {
        throw new Unproven("skip", "the run gives no `provider` and `resource`");
      }
      requireCredentials(answered(outcome, "credentials"), outcome.exchange);
    },
  },
];
