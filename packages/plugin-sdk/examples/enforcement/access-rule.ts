import {
  Type,
  type AccessCheck,
  type AccessDecision,
  type AccessExplanation,
  type Static,
} from "@rat/plugin-sdk";

/** Schema of one rule. A rule names roles or users; one that names neither fits everybody. */
export const AccessRule = Type.Object({
  roles: Type.Optional(Type.Array(Type.String())),
  users: Type.Optional(Type.Array(Type.String())),
  resource_type: Type.String({ default: "*", description: "Glob: * stands for any text." }),
  resource_id: Type.String({ default: "*", description: "Glob: * stands for any text." }),
  actions: Type.Array(Type.String(), { default: ["*"] }),
  effect: Type.Union([Type.Literal("allow"), Type.Literal("deny")]),
});

/** One rule. */
export type AccessRule = Static<typeof AccessRule>;

/** Decides by the first rule that fits; no rule means no. */
export function decide(rules: readonly AccessRule[], check: AccessCheck): AccessDecision {
  const index = rules.findIndex((rule) => fits(rule, check));
  const rule = rules[index];
  if (rule === undefined) return { allowed: false, reason: `no rule lets ${check.userId} ${check.action}` };
  const allowed = rule.effect === "allow";
  return { allowed, reason: `rule ${index + 1} ${allowed ? "allows" : "denies"} ${check.action}` };
}

/** The same decision, with every rule that allows the action, also behind one that denies it. */
export function explain(rules: readonly AccessRule[], check: AccessCheck): AccessExplanation {
  const { resourceType, resourceId } = check;
  const decision = decide(rules, check);
  const allowing = rules.filter((rule) => rule.effect === "allow" && fits(rule, check));
  const level = check.action === "read" ? "read" : "admin";
  const sufficient = decision.allowed;
  return {
    ...decision,
    paths: allowing.map(() => ({ source: "policy", resourceType, resourceId, level, sufficient })),
  };
}

function fits(rule: AccessRule, check: AccessCheck): boolean {
  const everybody = rule.roles === undefined && rule.users === undefined;
  const named = rule.users?.includes(check.userId) ?? false;
  const inRole = rule.roles?.some((role) => check.roles.includes(role)) ?? false;
  return (
    (everybody || named || inRole) &&
    globMatches(rule.resource_type, check.resourceType) &&
    globMatches(rule.resource_id, check.resourceId) &&
    rule.actions.some((action) => globMatches(action, check.action))
  );
}

/** Matches without a regular expression, so that no pattern of an operator can take exponential time. */
export function globMatches(glob: string, text: string): boolean {
  const [first = "", ...rest] = glob.split("*");
  const last = rest.pop();
  if (last === undefined) return glob === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
