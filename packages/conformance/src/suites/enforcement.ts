import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { EnforcementService, type CanAccessRequestSchema } from "@rat/contracts/enforcement";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import type { ExpectedDecision } from "../conformance-config.ts";
import { answered, isUnimplemented, require } from "../expectations.ts";
import type { Target } from "../target.ts";
import { requireCredentials } from "./cloud-steps.ts";

const { canAccess, batchCanAccess, explain, watchInvalidations, getCredentials } = EnforcementService.method;

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

/** Most time between two messages of the stream of invalidations: twice what the contract says, milliseconds. */
const LIFE_MS = 1000;

/** A decision that the run expects, as a question. */
function questionOf(expected: ExpectedDecision): Check {
  return {
    userId: expected.user_id,
    roles: [...(expected.roles ?? [])],
    resourceType: expected.resource_type,
    resourceId: expected.resource_id ?? "",
    action: expected.action,
    ownerId: expected.owner_id ?? "",
    ancestors: (expected.ancestors ?? []).map((ancestor) => ({
      resourceType: ancestor.resource_type,
      resourceId: ancestor.resource_id,
      ownerId: ancestor.owner_id ?? "",
    })),
  };
}

/** The decisions that the run expects, of those that fit. */
function expectedDecisions(
  target: Target,
  what: string,
  fits: (expected: ExpectedDecision) => boolean,
): readonly ExpectedDecision[] {
  const decisions = target.config.decisions?.filter(fits) ?? [];
  if (decisions.length === 0) throw new Unproven("skip", `the run gives no \`decisions\`${what}`);
  return decisions;
}

const namesAround = ({ owner_id: owner, ancestors }: ExpectedDecision): boolean =>
  owner !== undefined || ancestors !== undefined;

async function expectDecisions(target: Target, decisions: readonly ExpectedDecision[]): Promise<void> {
  for (const expected of decisions) {
    const outcome = await target.call(canAccess, questionOf(expected));
    const { allowed } = expected;
    require(answered(outcome).allowed === allowed, outcome.exchange, `allowed = ${allowed}`);
  }
}

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
      const plain = (expected: ExpectedDecision): boolean => !namesAround(expected);
      await expectDecisions(target, expectedDecisions(target, "", plain));
    },
  },
  {
    name: "enforcement/owner-and-ancestors",
    level: "slot",
    async run(target) {
      const decisions = expectedDecisions(target, " with `owner_id` or `ancestors`", namesAround);
      await expectDecisions(target, decisions);
    },
  },
  {
    name: "enforcement/anonymous",
    level: "slot",
    async run(target) {
      // What nobody may do when nobody knows who asks, in any policy that asks who somebody is.
      const { decisions = [] } = target.config;
      const refuses = decisions.some(({ user_id: user, allowed }) => user !== "anonymous" && !allowed);
      if (!refuses) throw new Unproven("skip", "the run gives no `decisions` that refuse somebody known");
      for (const action of ["delete", "share", "transfer"]) {
        const question = { userId: "anonymous", resourceType: "pipeline", resourceId: "conformance", action };
        const outcome = await target.call(canAccess, question);
        require(!answered(outcome).allowed, outcome.exchange, "allowed = false for an unknown caller");
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
    name: "enforcement/explain-agrees",
    level: "slot",
    async run(target) {
      for (const check of [...CHECKS, ...(target.config.decisions ?? []).map(questionOf)]) {
        const outcome = await target.call(explain, { check });
        if (isUnimplemented(outcome)) throw new Unproven("not_applicable", "Explain is not offered");
        const { allowed, paths } = answered(outcome, "an explanation, or the error unimplemented");
        const decided = await decide(target, check);
        require(allowed === decided, outcome.exchange, `the decision of CanAccess, allowed = ${decided}`);
        const speaks = paths.some(({ sufficient }) => sufficient);
        require(allowed || !speaks, outcome.exchange, "no sufficient path where access is denied");
      }
    },
  },
  {
    name: "enforcement/watch-invalidations",
    level: "slot",
    async run(target) {
      const arrivals = [performance.now()];
      const outcome = await target.read(watchInvalidations, {}, () => {
        arrivals.push(performance.now());
        return arrivals.length > 3;
      });
      const { exchange, error } = outcome;
      if (error?.code === Code.Unimplemented) {
        throw new Unproven("not_applicable", "WatchInvalidations is not offered");
      }
      require(outcome.messages.length >= 1, exchange, "a first message at once");
      require(outcome.messages.length >= 3, exchange, "signs of life, as long as the caller listens");
      const gaps = arrivals.slice(1).map((arrival, index) => arrival - (arrivals[index] ?? 0));
      const longest = Math.round(Math.max(...gaps));
      require(longest <= LIFE_MS, exchange, `a message within each ${LIFE_MS} ms; one took ${longest}`);
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
