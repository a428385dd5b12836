import type { AccessCheck, AccessDecision, AccessExplanation } from "@rat/plugin-sdk";
import { indexGrants } from "./grant-index.ts";
import type { GrantSource } from "./grant-source.ts";
import { decide, type Policy, type Verdict } from "./policy.ts";

/** The greatest max_age_ms of the wire. */
const MAX_AGE_MS = 2 ** 31 - 1;

/** Decides by the policy and the grants of a source, which is asked once however many checks there are. */
export class Decider {
  readonly #source: GrantSource;
  readonly #policy: Policy;

  constructor(source: GrantSource, policy: Policy) {
    this.#source = source;
    this.#policy = policy;
  }

  /**
   * Decisions on some operations, in their order. Those that need no grants, of owners, administrators and unknown
   * callers, do not ask the source, and so hold while it is away.
   *
   * @throws PluginError `unavailable` when a decision needs grants and there is no reading them.
   */
  async decideAll(checks: readonly AccessCheck[], signal: AbortSignal): Promise<readonly AccessDecision[]> {
    const without = checks.map((check) => decide(check, this.#policy, () => []));
    const needing = checks.filter((check, index) => needsGrants(check, without[index]));
    if (needing.length === 0) return without.map(({ allowed, reason }) => ({ allowed, reason }));
    const grantsOn = indexGrants(await this.#source.read(needing, signal));
    return checks.map((check, index) => {
      const early = without[index];
      if (early !== undefined && !needsGrants(check, early))
        return { allowed: early.allowed, reason: early.reason };
      return this.#decision(decide(check, this.#policy, grantsOn));
    });
  }

  /** The decision on one operation and all that speaks for it. Always asks the source. */
  async explain(check: AccessCheck, signal: AbortSignal): Promise<AccessExplanation> {
    const { allowed, reason, paths } = decide(
      check,
      this.#policy,
      indexGrants(await this.#source.read([check], signal)),
    );
    return { allowed, reason, paths };
  }

  #decision({ allowed, reason, validForMs }: Verdict): AccessDecision {
    const limits = [this.#source.maxAgeMs, validForMs].filter((limit) => limit !== undefined);
    if (limits.length === 0) return { allowed, reason };
    return { allowed, reason, maxAgeMs: Math.max(0, Math.floor(Math.min(MAX_AGE_MS, ...limits))) };
  }
}

function needsGrants({ userId }: AccessCheck, early: Verdict | undefined): boolean {
  return early?.allowed !== true && userId !== "" && userId !== "anonymous";
}
