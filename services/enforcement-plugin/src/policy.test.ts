import type { AccessCheck, SharePermission } from "@rat/plugin-sdk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indexGrants } from "./grant-index.ts";
import type { HeldGrant } from "./grant-source.ts";
import { decide, type Policy } from "./policy.ts";

const policy: Policy = { admin_roles: ["admin"], namespace_creators: "identified" };
const sales = { resourceType: "namespace", resourceId: "sales", ownerId: "olga" };
const orders: AccessCheck = {
  userId: "bob",
  roles: ["analyst"],
  resourceType: "pipeline",
  resourceId: "sales/orders",
  ownerId: "alice",
  ancestors: [sales],
  action: "read",
};

const ACTIONS = [
  "read",
  "use",
  "write",
  "execute",
  "create",
  "delete",
  "share",
  "revoke",
  "transfer",
] as const;
const PERMISSIONS: readonly SharePermission[] = ["read", "write", "admin"];

function grantOf(change: Partial<HeldGrant> = {}): HeldGrant {
  const named = { grantId: "g1", resourceType: "namespace", resourceId: "sales", grantedBy: "alice" };
  return { ...named, granteeType: "user", granteeId: "bob", permission: "read", ...change };
}

function ask(change: Partial<AccessCheck>, grants: readonly HeldGrant[] = [], settings = policy) {
  return decide({ ...orders, ...change }, settings, indexGrants(grants));
}

const allowedActions = (change: Partial<AccessCheck>, grants: readonly HeldGrant[] = []): string[] =>
  ACTIONS.filter((action) => ask({ ...change, action }, grants).allowed);

describe("what each holding allows", () => {
  test.each<[string, readonly string[], Partial<AccessCheck>, readonly HeldGrant[]]>([
    ["nothing", [], {}, []],
    ["read on the namespace", ["read", "use"], {}, [grantOf()]],
    [
      "write on the namespace",
      ["read", "use", "write", "execute", "create"],
      {},
      [grantOf({ permission: "write" })],
    ],
    ["admin on the namespace", ACTIONS.slice(0, -1), {}, [grantOf({ permission: "admin" })]],
    [
      "write on the thing itself, which says nothing of making it",
      ["read", "use", "write", "execute"],
      {},
      [grantOf({ resourceType: "pipeline", resourceId: "sales/orders", permission: "write" })],
    ],
    ["read by a role", ["read", "use"], {}, [grantOf({ granteeType: "role", granteeId: "analyst" })]],
    ["a role of another name", [], {}, [grantOf({ granteeType: "role", granteeId: "viewer" })]],
    ["a grant to a user named as one's role", [], {}, [grantOf({ granteeId: "analyst" })]],
    ["a grant to a role named as oneself", [], {}, [grantOf({ granteeType: "role" })]],
    ["a grant on another namespace", [], {}, [grantOf({ resourceId: "sale" })]],
    ["a grant whose name merely begins the id", [], { ancestors: [] }, [grantOf()]],
    ["owning it", ACTIONS, { userId: "alice" }, []],
    ["owning what it lies in", ACTIONS, { userId: "olga" }, []],
    ["an administrator's role", ACTIONS, { roles: ["admin"] }, []],
    ["no name, with an administrator's role", [], { userId: "", roles: ["admin"] }, []],
    ["anonymity, even as an owner", [], { userId: "anonymous", ownerId: "anonymous" }, []],
    ["anonymity, with a grant", [], { userId: "anonymous" }, [grantOf({ granteeId: "anonymous" })]],
  ])("%s: %j", (_holding, actions, change, grants) => {
    expect(allowedActions(change, grants)).toEqual(actions);
  });
});

test("new namespaces are made by whom the settings say, whatever grants there are", () => {
  const made = { action: "create", resourceType: "namespace", resourceId: "new", ownerId: "", ancestors: [] };
  const settings = (creators: Policy["namespace_creators"]) => ({ ...policy, namespace_creators: creators });
  expect(ask(made).allowed).toBe(true);
  expect(ask({ ...made, userId: "anonymous" }).allowed).toBe(false);
  expect(ask(made, [], settings(["analyst"])).allowed).toBe(true);
  const stale = [grantOf({ resourceId: "new", permission: "admin" })];
  expect(ask(made, stale, settings(["lead"]))).toMatchObject({
    allowed: false,
    reason: "bob may not create namespace new: only the roles lead make namespaces",
  });
  expect(ask({ ...made, roles: ["admin"] }, [], settings([])).allowed).toBe(true);
});

test.each([
  [
    { action: "write" },
    [grantOf()],
    "bob may not write pipeline sales/orders: bob holds read on namespace sales (grant g1 by alice); write is needed",
  ],
  [
    { action: "read" },
    [grantOf()],
    "bob may read pipeline sales/orders: bob holds read on namespace sales (grant g1 by alice)",
  ],
  [
    { action: "delete" },
    [],
    "bob may not delete pipeline sales/orders: bob holds nothing on it or around it; admin is needed",
  ],
  [
    { action: "transfer" },
    [grantOf({ permission: "admin" })],
    "bob may not transfer pipeline sales/orders: bob holds admin on namespace sales (grant g1 by alice); only its owner may",
  ],
  [{ action: "read", userId: "olga" }, [], "olga may read pipeline sales/orders: olga owns namespace sales"],
  [
    { action: "paint" },
    [grantOf({ permission: "admin" })],
    "bob may not paint pipeline sales/orders: bob holds admin on namespace sales (grant g1 by alice); only its owner may",
  ],
])("says who, what and why: %j", (change, grants, reason) => {
  expect(ask(change, grants).reason).toBe(reason);
});

test("a decision goes on as long as the longest grant that suffices, and one without an end as long as it stands", () => {
  const short = grantOf({ validForMs: 100 });
  const long = grantOf({ grantId: "g2", validForMs: 900, granteeType: "role", granteeId: "analyst" });
  expect(ask({}, [short]).validForMs).toBe(100);
  expect(ask({}, [short, long])).toMatchObject({ validForMs: 900, reason: expect.stringContaining("g2") });
  expect(ask({}, [short, grantOf({ grantId: "g3" })])).not.toHaveProperty("validForMs");
  // The one that goes on longer does not suffice.
  expect(ask({ action: "write" }, [grantOf({ permission: "write", validForMs: 5 }), long]).validForMs).toBe(
    5,
  );
});

test("tells every way, also those that do not suffice", () => {
  const { paths } = ask({ action: "write", userId: "olga" }, [grantOf({ granteeId: "olga" })]);
  expect(paths).toEqual([
    { source: "owner", resourceType: "namespace", resourceId: "sales", level: "owner", sufficient: true },
    expect.objectContaining({
      source: "grant",
      level: "read",
      sufficient: false,
      grantId: "g1",
      grantedBy: "alice",
    }),
  ]);
});

const name = fc.constantFrom("", "anonymous", "bob", "alice", "analyst", "admin", "sales", "constructor");
const kind = fc.constantFrom("namespace", "pipeline", "table", "run", "gizmo", "");
const thing = fc.record({ resourceType: kind, resourceId: name, ownerId: name });
const check = fc
  .tuple(
    thing,
    fc.record({
      userId: name,
      roles: fc.array(name, { maxLength: 3 }),
      action: fc.constantFrom<string>(...ACTIONS, "", "paint", "constructor", "toString"),
      ancestors: fc.array(thing, { maxLength: 3 }),
    }),
  )
  .map(([about, rest]): AccessCheck => ({ ...about, ...rest }));
const grant = fc.record({
  grantId: fc.uuid(),
  resourceType: kind,
  resourceId: name,
  granteeType: fc.constantFrom("user" as const, "role" as const),
  granteeId: name,
  permission: fc.constantFrom(...PERMISSIONS),
  grantedBy: name,
});

test("whoever owns nothing, holds no grant and has no administrator's role may do nothing but make a namespace", () => {
  fc.assert(
    fc.property(check, fc.array(grant, { maxLength: 5 }), (asked, grants) => {
      const stranger = { ...asked, userId: "eve", roles: ["stranger"] };
      const { allowed } = decide(stranger, policy, indexGrants(grants));
      expect(allowed).toBe(asked.action === "create" && asked.resourceType === "namespace");
    }),
    { numRuns: 2000 },
  );
});

test("more permission never takes an action away, and no grant gives a transfer or an unknown action", () => {
  fc.assert(
    fc.property(check, fc.array(grant, { maxLength: 4 }), (asked, grants) => {
      const by = PERMISSIONS.map((permission) =>
        decide(asked, policy, indexGrants(grants.map((one) => ({ ...one, permission })))),
      );
      const allowed = by.map((verdict) => verdict.allowed);
      expect(allowed).toEqual(allowed.toSorted((a, b) => Number(a) - Number(b)));
      const without = decide(asked, policy, () => []).allowed;
      expect(allowed.every((one) => one || !without)).toBe(true);
      if (["transfer", "", "paint", "constructor", "toString"].includes(asked.action)) {
        expect(allowed).toEqual([without, without, without]);
      }
      for (const verdict of by)
        expect(verdict.paths.some(({ sufficient }) => sufficient)).toBe(verdict.allowed);
    }),
    { numRuns: 2000 },
  );
});
