import type { Clock } from "../platform/clock.ts";
import type { Decision, Identity } from "../slots/auth/auth.ts";
import type { AccessCheck, Explanation } from "../slots/enforcement/enforcement.ts";
import type { SlotSnapshot } from "../slots/slot-snapshot.ts";
import { sharedContext, type CallContext } from "../slots/slot.ts";
import type { AnswerCache, Reusable } from "./cache/answer-cache.ts";
import type { Objects } from "./objects.ts";
import type { Question } from "./question.ts";

/** How long a denial is repeated without asking again, milliseconds. */
const DENIED_MS = 1000;

/** What access is decided by. */
export interface AccessDeps {
  readonly objects: Pick<Objects, "place">;
  readonly cache: AnswerCache<Decision>;
  /** Longest time for which a decision is reused, milliseconds. */
  readonly ttlMs: () => number;
  readonly clock: Clock;
}

/** Why somebody may do something, or not. */
export interface AccessExplanation extends Explanation {
  /** What the enforcement slot was asked: the thing with its owner and what it lies in. */
  readonly check: AccessCheck;
  /** What the auth slot says of the roles alone. */
  readonly byRole: Decision;
}

/** Asks the enforcement slot, and remembers for a while what it said. */
export class Access {
  readonly #deps: AccessDeps;

  constructor(deps: AccessDeps) {
    this.#deps = deps;
  }

  /**
   * May they? Without an await when that is known already.
   *
   * @throws RatError slot_denying; what the plugin does wrong
   */
  decide(
    who: Identity,
    question: Question,
    slots: SlotSnapshot,
    context: CallContext,
  ): Decision | Promise<Decision> {
    if (slots.statuses.enforcement.servedBy !== "plugin") {
      return slots.use("enforcement").canAccess(who, bare(question), context);
    }
    const { cache, objects } = this.#deps;
    const key = keyOf(who, question);
    return (
      cache.get(key) ??
      cache.ask(key, async () => {
        const [check] = await objects.place([question]);
        const port = slots.use("enforcement");
        return this.#reusable(await port.canAccess(who, check ?? bare(question), sharedContext(context)));
      })
    );
  }

  /** A decision for each question, in their order; those that are not known go to the plugin in one call. */
  async decideAll(
    who: Identity,
    questions: readonly Question[],
    slots: SlotSnapshot,
    context: CallContext,
  ): Promise<readonly Decision[]> {
    const port = slots.use("enforcement");
    if (slots.statuses.enforcement.servedBy !== "plugin") {
      return port.canAccessAll(who, questions.map(bare), context);
    }
    const { cache, objects } = this.#deps;
    const { generation } = cache;
    const keys = questions.map((question) => keyOf(who, question));
    const known = new Map(keys.map((key) => [key, cache.get(key)]));
    const open = new Map(
      questions.flatMap((question, at) => {
        const key = keys[at] ?? "";
        return known.get(key) === undefined ? [[key, question] as const] : [];
      }),
    );
    if (open.size > 0) {
      const checks = await objects.place([...open.values()]);
      const decisions = await port.canAccessAll(who, checks, context);
      [...open.keys()].forEach((key, at) => {
        const decision = decisions[at] ?? DENIED;
        known.set(key, decision);
        cache.keep(key, this.#reusable(decision), generation);
      });
    }
    return keys.map((key) => known.get(key) ?? DENIED);
  }

  /**
   * The same for somebody who asks about themselves. What they may not even read is refused in the same words whether it
   * is there or not: the reason of a plugin would tell.
   */
  async check(
    who: Identity,
    questions: readonly Question[],
    slots: SlotSnapshot,
    context: CallContext,
  ): Promise<readonly Decision[]> {
    const decisions = await this.decideAll(who, questions, slots, context);
    const denied = questions.filter((_, at) => decisions[at]?.allowed === false);
    if (denied.length === 0 || slots.statuses.enforcement.servedBy !== "plugin") return decisions;
    const reads = denied.map((question) => ({ ...question, action: "read" }));
    const visible = await this.decideAll(who, reads, slots, context);
    const hidden = new Set(denied.filter((_, at) => visible[at]?.allowed !== true));
    return questions.map((question, at) => {
      const decision = decisions[at] ?? DENIED;
      if (!hidden.has(question)) return decision;
      const { action, resourceType, resourceId } = question;
      const thing = resourceId === "" ? resourceType : `${resourceType} "${resourceId}"`;
      return { allowed: false, reason: `${who.userId} may not ${action} ${thing}, or it is not there` };
    });
  }

  /** Asks anew, past the cache, and tells everything that speaks for the answer, and what the roles alone allow. */
  async explain(
    who: Identity,
    question: Question,
    slots: SlotSnapshot,
    context: CallContext,
  ): Promise<AccessExplanation> {
    const [check = bare(question)] = await this.#deps.objects.place([question]);
    const explanation = await slots.use("enforcement").explain(who, check, context);
    const { userId, roles } = who;
    const { action, resourceType, resourceId } = question;
    const byRole = await slots
      .use("auth")
      .authorize({ userId, roles, action, resourceType, resourceId }, context);
    return { ...explanation, check, byRole };
  }

  #reusable(decision: Decision): Reusable<Decision> {
    const ttlMs = this.#deps.ttlMs();
    const longest = decision.allowed ? ttlMs : Math.min(ttlMs, DENIED_MS);
    return { answer: decision, maxAgeMs: Math.min(decision.maxAgeMs ?? Infinity, longest) };
  }
}

const DENIED: Decision = Object.freeze({ allowed: false, reason: "There is no decision." });

function bare({ action, resourceType, resourceId }: Question): AccessCheck {
  return { action, resourceType, resourceId, ownerId: "", ancestors: [] };
}

/** Two questions with the same key have the same answer. None of the parts holds a control character. */
function keyOf({ userId, roles }: Identity, { action, resourceType, resourceId }: Question): string {
  return `${userId}\n${roles.join("\t")}\n${action}\n${resourceType}\n${resourceId}`;
}
