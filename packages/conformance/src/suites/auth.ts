import { Code } from "@connectrpc/connect";
import { AuthService } from "@rat/contracts/auth";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import { answered, refused, require } from "../expectations.ts";
import type { Target } from "../target.ts";

const { authenticate, authorize } = AuthService.method;

const REFUSALS = [Code.Unauthenticated, Code.InvalidArgument, Code.PermissionDenied] as const;

/** Texts that stand for nobody, each of a kind that some parser takes for something. */
const ODD_TOKENS = [
  "null",
  "undefined",
  "0",
  "Bearer",
  "Bearer x",
  " ",
  "\n",
  "\u0000",
  "..",
  "a.b.c",
  "' OR 1=1 --",
  "ä€",
];

function validToken(target: Target): string {
  if (target.config.token === undefined) throw new Unproven("skip", "the run gives no valid `token`");
  return target.config.token;
}

/** What an auth plugin must do. */
export const authSuite: readonly ConformanceCase[] = [
  {
    name: "auth/garbage-token",
    level: "slot",
    run: async (target) =>
      refused(await target.call(authenticate, { token: "not-a-token-4f1c" }), ...REFUSALS),
  },
  {
    name: "auth/empty-token",
    level: "slot",
    run: async (target) => refused(await target.call(authenticate, {}), ...REFUSALS),
  },
  {
    name: "auth/odd-tokens",
    level: "slot",
    async run(target) {
      for (const token of ODD_TOKENS) refused(await target.call(authenticate, { token }), ...REFUSALS);
    },
  },
  {
    name: "auth/token-of-16-kib",
    level: "slot",
    async run(target) {
      const token = "x".repeat(16 * 1024);
      refused(await target.call(authenticate, { token }), ...REFUSALS, Code.ResourceExhausted);
    },
  },
  {
    name: "auth/valid-token",
    level: "slot",
    async run(target) {
      const token = validToken(target);
      const first = await target.call(authenticate, { token });
      const identity = answered(first, "an identity for the valid token");
      require(identity.userId !== "", first.exchange, "a user_id that is not empty");
      require(identity.roles.every((role) => role !== ""), first.exchange, "no empty role");
      const { expiresAt } = identity;
      const now = BigInt(Math.floor(Date.now() / 1000));
      require(expiresAt === 0n || expiresAt > now, first.exchange, "expires_at of 0 or in the future");
      const second = await target.call(authenticate, { token });
      require(answered(second).userId === identity.userId, second.exchange, "the same user_id each time");
      const wanted = target.config.user_id;
      require(wanted === undefined || identity.userId === wanted, first.exchange, `the user_id ${wanted}`);
    },
  },
  {
    name: "auth/near-miss",
    level: "slot",
    async run(target) {
      const token = validToken(target);
      for (const near of [`${token}x`, token.slice(0, -1), `${token}\u0000`]) {
        refused(await target.call(authenticate, { token: near }), ...REFUSALS);
      }
    },
  },
  {
    name: "auth/concurrent-identities",
    level: "slot",
    async run(target) {
      const token = validToken(target);
      const calls = Array.from({ length: 50 }, async (_, index) => {
        const valid = index % 2 === 0;
        const outcome = await target.call(authenticate, { token: valid ? token : `wrong-${index}` });
        if (valid) answered(outcome, "an identity for the valid token");
        else refused(outcome, ...REFUSALS);
      });
      await Promise.all(calls);
    },
  },
  {
    name: "auth/authorize-answers",
    level: "slot",
    async run(target) {
      const asked = {
        userId: "conformance-nobody",
        action: "read",
        resourceType: "pipeline",
        resourceId: "p",
      };
      const outcome = await target.call(authorize, asked);
      // Yes, no, and a refusal of a user that does not exist are all decisions; anything else is not.
      if (!outcome.ok) refused(outcome, ...REFUSALS, Code.NotFound);
    },
  },
];
