import type { HeldGrant } from "./grant-source.ts";
import type { GrantsOn } from "./policy.ts";

/** Finds grants by their thing. */
export function indexGrants(grants: readonly HeldGrant[]): GrantsOn {
  const byThing = new Map<string, HeldGrant[]>();
  for (const grant of grants) {
    const key = keyOf(grant);
    const known = byThing.get(key);
    if (known === undefined) byThing.set(key, [grant]);
    else known.push(grant);
  }
  return (thing) => byThing.get(keyOf(thing)) ?? [];
}

/** One text for a thing, such that no two things share it. */
export function keyOf({ resourceType, resourceId }: { resourceType: string; resourceId: string }): string {
  return JSON.stringify([resourceType, resourceId]);
}
