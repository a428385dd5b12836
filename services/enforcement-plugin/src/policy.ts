import type { AccessCheck, AccessExplanation, AccessPath, OwnedResource } from "@rat/plugin-sdk";
import type { EnforcementConfig } from "./config.ts";
import { thingsOf, type HeldGrant } from "./grant-source.ts";

/** The settings that decide. */
export type Policy = Pick<EnforcementConfig, "admin_roles" | "namespace_creators">;

/** Finds the grants on a thing, of whomever. */
export type GrantsOn = (thing: OwnedResource) => readonly HeldGrant[];

/** A decision before the limits of its source. */
export interface Verdict extends AccessExplanation {
  readonly reason: string;
  /** How long the grant that it rests on goes on; absent when it rests on none, or on one without an end. */
  readonly validForMs?: number;
}

type Level = AccessPath["level"];

/** Each level includes the ones before it. */
const LEVELS: readonly Level[] = ["read", "write", "admin", "owner"];

/** What each action needs. An action that is not here is for owners and administrators alone. */
const NEEDS: ReadonlyMap<string, Level> = new Map<string, Level>([
  ["read", "read"],
  ["use", "read"],
  ["write", "write"],
  ["execute", "write"],
  ["create", "write"],
  ["delete", "admin"],
  ["share", "admin"],
  ["revoke", "admin"],
  ["transfer", "owner"],
]);

interface Way {
  readonly path: AccessPath;
  /** "bob owns namespace sales". */
  readonly words: string;
  readonly validForMs?: number;
}

/**
 * Decides on one operation: a pure function of the request, the settings and the grants. What lies in what, and who
 * owns it, is what ratd says; ids are never taken apart. Nothing that speaks for it means no.
 */
export function decide(check: AccessCheck, policy: Policy, grantsOn: GrantsOn): Verdict {
  if (!isIdentified(check.userId)) {
    return {
      allowed: false,
      reason: `an unknown caller may not ${attemptOf(check)}: who is asking is not known`,
      paths: [],
    };
  }
  const ways = [
    ...roleWays(check, policy),
    ...ownerWays(check),
    ...creatorWays(check, policy),
    ...grantWays(check, grantsOn),
  ];
  const paths = ways.map(({ path }) => path);
  const best = ways.filter(({ path }) => path.sufficient).toSorted(longestFirst)[0];
  if (best === undefined) return { allowed: false, reason: refusal(check, policy, ways), paths };
  const { words, validForMs } = best;
  const reason = `${check.userId} may ${attemptOf(check)}: ${words}`;
  return { allowed: true, reason, paths, ...(validForMs === undefined ? {} : { validForMs }) };
}

function isIdentified(userId: string): boolean {
  return userId !== "" && userId !== "anonymous";
}

function roleWays(check: AccessCheck, policy: Policy): Way[] {
  return policy.admin_roles
    .filter((role) => check.roles.includes(role))
    .map((role) => ({
      path: { source: "role", ...thing(check), level: "owner", sufficient: true },
      words: `${check.userId} has the role ${role}`,
    }));
}

function ownerWays(check: AccessCheck): Way[] {
  return thingsOf(check)
    .filter(({ resourceId, ownerId }) => resourceId !== "" && ownerId === check.userId)
    .map((owned) => ({
      path: { source: "owner", ...thing(owned), level: "owner", sufficient: true },
      words: `${check.userId} owns ${nameOf(owned)}`,
    }));
}

function creatorWays(check: AccessCheck, { namespace_creators: creators }: Policy): Way[] {
  if (!isNewNamespace(check)) return [];
  const role = creators === "identified" ? undefined : creators.find((one) => check.roles.includes(one));
  if (creators !== "identified" && role === undefined) return [];
  return [
    {
      path: { source: "policy", ...thing(check), level: "write", sufficient: true },
      words: role === undefined ? "everybody who is known may" : `${check.userId} has the role ${role}`,
    },
  ];
}

function grantWays(check: AccessCheck, grantsOn: GrantsOn): Way[] {
  return thingsOf(check).flatMap((on, index) =>
    on.resourceId === ""
      ? []
      : grantsOn(on)
          .filter((grant) => reaches(grant, check))
          .map((grant): Way => {
            const { grantId, grantedBy, granteeType, granteeId, permission, expiresAt, validForMs } = grant;
            // A grant on the thing itself says nothing of making it: it may be left of an earlier thing of this name.
            const onItself = index === 0 && check.action === "create";
            const byRole = granteeType === "role" ? ` by the role ${granteeId}` : "";
            return {
              path: {
                source: "grant",
                ...thing(on),
                level: permission,
                sufficient: !onItself && !isNewNamespace(check) && suffices(permission, check.action),
                grantId,
                grantedBy,
                ...(expiresAt === undefined ? {} : { expiresAt }),
              },
              words: `${check.userId} holds ${permission} on ${nameOf(on)}${byRole} (grant ${grantId} by ${grantedBy})`,
              ...(validForMs === undefined ? {} : { validForMs }),
            };
          }),
  );
}

function reaches({ granteeType, granteeId }: HeldGrant, { userId, roles }: AccessCheck): boolean {
  return granteeType === "user" ? granteeId === userId : roles.includes(granteeId);
}

function suffices(level: Level, action: string): boolean {
  const needed = NEEDS.get(action);
  return needed !== undefined && rankOf(level) >= rankOf(needed);
}

function rankOf(level: Level): number {
  return LEVELS.indexOf(level);
}

function isNewNamespace({ action, resourceType }: AccessCheck): boolean {
  return action === "create" && resourceType === "namespace";
}

/** The way that goes on longest first: one that suffices is enough. */
function longestFirst(a: Way, b: Way): number {
  return (b.validForMs ?? Number.MAX_VALUE) - (a.validForMs ?? Number.MAX_VALUE);
}

function refusal(check: AccessCheck, { namespace_creators: creators }: Policy, ways: readonly Way[]): string {
  const start = `${check.userId} may not ${attemptOf(check)}: `;
  if (isNewNamespace(check) && creators !== "identified") {
    return `${start}only the roles ${creators.join(", ") || "of administrators"} make namespaces`;
  }
  const strongest = ways.toSorted((a, b) => rankOf(b.path.level) - rankOf(a.path.level))[0];
  const has =
    strongest?.words ??
    `${check.userId} holds nothing on it${check.ancestors.length > 0 ? " or around it" : ""}`;
  const needed = NEEDS.get(check.action);
  if (needed === undefined || needed === "owner") return `${start}${has}; only its owner may`;
  return `${start}${has}; ${needed} is needed${check.action === "create" ? " on what it will lie in" : ""}`;
}

/** "write pipeline sales/orders". */
function attemptOf(check: AccessCheck): string {
  return `${check.action || "do something unnamed with"} ${nameOf(check)}`;
}

function nameOf({ resourceType, resourceId }: OwnedResource): string {
  if (resourceId === "") return resourceType === "" ? "nothing named" : `any ${resourceType}`;
  return `${resourceType} ${resourceId}`;
}

function thing({ resourceType, resourceId }: OwnedResource): { resourceType: string; resourceId: string } {
  return { resourceType, resourceId };
}
