import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AccessLab, expectStatus, type Person } from "../support/access-lab.ts";
import type { CallOptions, TestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

let lab: AccessLab;
let ratd: TestRatd;

beforeAll(async () => {
  lab = await AccessLab.start();
  ratd = await lab.ratd();
});
afterAll(() => lab[Symbol.asyncDispose]());

/** What somebody may be to a thing. */
const RELATIONS = ["own", "write", "read", "none"] as const;
type Relation = (typeof RELATIONS)[number];

/** What a route needs: who gets through, who is told no, and who is told that there is nothing. */
const NEEDS: Readonly<Record<string, Readonly<Record<Relation, "through" | 403 | 404>>>> = {
  read: { own: "through", write: "through", read: "through", none: 404 },
  write: { own: "through", write: "through", read: 403, none: 404 },
  admin: { own: "through", write: 403, read: 403, none: 404 },
  owner: { own: "through", write: 403, read: 403, none: 404 },
};

/** A route about one thing of a namespace: what it needs, and how to call it. */
interface ObjectRoute {
  readonly name: string;
  readonly needs: keyof typeof NEEDS;
  readonly call: (things: Things) => readonly [string, CallOptions?];
}

/** The things of one namespace. */
interface Things {
  readonly namespace: string;
  readonly run: string;
  readonly trigger: string;
  readonly grant: string;
}

const pipeline = ({ namespace }: Things) => `/api/v1/pipelines/${namespace}/bronze/p`;
const change = { kind: "command", spec: { argv: ["true"] } };
const post = (body: unknown = {}): CallOptions => ({ method: "POST", body });

/** Every route about an object. The last ones change who may do what, or end the thing. */
const ROUTES: readonly ObjectRoute[] = [
  { name: "GET namespace", needs: "read", call: ({ namespace }) => [`/api/v1/namespaces/${namespace}`] },
  {
    name: "PATCH namespace",
    needs: "write",
    call: ({ namespace }) => [
      `/api/v1/namespaces/${namespace}`,
      { method: "PATCH", body: { description: "d" } },
    ],
  },
  { name: "GET files", needs: "read", call: ({ namespace }) => [`/api/v1/namespaces/${namespace}/files`] },
  {
    name: "PUT file",
    needs: "write",
    call: ({ namespace }) => [
      `/api/v1/namespaces/${namespace}/files/raw/f`,
      { method: "PUT", body: "x", headers: { "content-type": "application/octet-stream" } },
    ],
  },
  {
    name: "GET file",
    needs: "read",
    call: ({ namespace }) => [`/api/v1/namespaces/${namespace}/files/raw/f`],
  },
  {
    name: "DELETE file",
    needs: "write",
    call: ({ namespace }) => [`/api/v1/namespaces/${namespace}/files/raw/f`, { method: "DELETE" }],
  },
  {
    name: "POST pipeline",
    needs: "write",
    call: ({ namespace }) => [
      "/api/v1/pipelines",
      post({ namespace, layer: "bronze", name: "p", ...change }),
    ],
  },
  { name: "GET pipeline", needs: "read", call: (things) => [pipeline(things)] },
  {
    name: "PUT pipeline",
    needs: "write",
    call: (things) => [pipeline(things), { method: "PUT", body: change }],
  },
  { name: "GET versions", needs: "read", call: (things) => [`${pipeline(things)}/versions`] },
  { name: "GET version", needs: "read", call: (things) => [`${pipeline(things)}/versions/1`] },
  { name: "GET diff", needs: "read", call: (things) => [`${pipeline(things)}/diff`] },
  { name: "GET publications", needs: "read", call: (things) => [`${pipeline(things)}/publications`] },
  {
    name: "POST publish",
    needs: "write",
    call: (things) => [`${pipeline(things)}/publish`, post({ version: 1 })],
  },
  { name: "POST rollback", needs: "write", call: (things) => [`${pipeline(things)}/rollback`, post()] },
  { name: "GET triggers of pipeline", needs: "read", call: (things) => [`${pipeline(things)}/triggers`] },
  {
    name: "POST trigger",
    needs: "write",
    call: (things) => [`${pipeline(things)}/triggers`, post({ kind: "webhook" })],
  },
  { name: "GET trigger", needs: "read", call: ({ trigger }) => [`/api/v1/triggers/${trigger}`] },
  {
    name: "PATCH trigger",
    needs: "write",
    call: ({ trigger }) => [`/api/v1/triggers/${trigger}`, { method: "PATCH", body: { paused: false } }],
  },
  {
    name: "POST pause",
    needs: "write",
    call: ({ trigger }) => [`/api/v1/triggers/${trigger}/pause`, post()],
  },
  {
    name: "POST resume",
    needs: "write",
    call: ({ trigger }) => [`/api/v1/triggers/${trigger}/resume`, post()],
  },
  { name: "POST fire", needs: "write", call: ({ trigger }) => [`/api/v1/triggers/${trigger}/fire`, post()] },
  {
    name: "POST rotate",
    needs: "write",
    call: ({ trigger }) => [`/api/v1/triggers/${trigger}/rotate`, post()],
  },
  {
    name: "POST run",
    needs: "write",
    call: ({ namespace }) => ["/api/v1/runs", post({ namespace, layer: "bronze", pipeline: "p" })],
  },
  { name: "GET run", needs: "read", call: ({ run }) => [`/api/v1/runs/${run}`] },
  { name: "GET wait", needs: "read", call: ({ run }) => [`/api/v1/runs/${run}/wait?seconds=0`] },
  { name: "GET result", needs: "read", call: ({ run }) => [`/api/v1/runs/${run}/result`] },
  { name: "GET logs", needs: "read", call: ({ run }) => [`/api/v1/runs/${run}/logs`] },
  { name: "POST cancel", needs: "write", call: ({ run }) => [`/api/v1/runs/${run}/cancel`, post()] },
  { name: "POST retry", needs: "write", call: ({ run }) => [`/api/v1/runs/${run}/retry`, post()] },
  {
    name: "POST credentials to read",
    needs: "read",
    call: ({ namespace }) => [
      "/api/v1/credentials",
      post({ resource_type: "namespace", resource_id: namespace }),
    ],
  },
  {
    name: "POST credentials to write",
    needs: "write",
    call: ({ namespace }) => [
      "/api/v1/credentials",
      post({ resource_type: "pipeline", resource_id: `${namespace}/bronze/p`, access: "write" }),
    ],
  },
  {
    name: "GET sharing",
    needs: "read",
    call: ({ namespace }) => [`/api/v1/sharing?resource_type=namespace&resource_id=${namespace}`],
  },
  {
    name: "POST sharing",
    needs: "admin",
    call: ({ namespace }) => [
      "/api/v1/sharing",
      post({
        resource_type: "pipeline",
        resource_id: `${namespace}/bronze/p`,
        grantee_id: "x",
        permission: "read",
      }),
    ],
  },
  {
    name: "DELETE sharing",
    needs: "admin",
    call: ({ grant }) => [`/api/v1/sharing/${grant}`, { method: "DELETE" }],
  },
  {
    name: "DELETE trigger",
    needs: "write",
    call: ({ trigger }) => [`/api/v1/triggers/${trigger}`, { method: "DELETE" }],
  },
  {
    name: "POST transfer",
    needs: "owner",
    call: ({ namespace }) => [
      "/api/v1/sharing/transfer",
      post({ resource_type: "pipeline", resource_id: `${namespace}/bronze/p`, to_user_id: "alice" }),
    ],
  },
  { name: "DELETE pipeline", needs: "admin", call: (things) => [pipeline(things), { method: "DELETE" }] },
  {
    name: "DELETE namespace",
    needs: "admin",
    call: ({ namespace }) => [`/api/v1/namespaces/${namespace}`, { method: "DELETE" }],
  },
];

/** A namespace of alice's, of which bob is what `relation` says. */
async function thingsFor(relation: Relation, number: number): Promise<{ things: Things; who: Person }> {
  const namespace = `${relation}-${number}`;
  const owner: Person = "alice";
  const id = await lab.pipeline(ratd, owner, namespace);
  const trigger = await expectStatus(
    201,
    ratd.call(`/api/v1/pipelines/${id}/triggers`, { token: owner, body: { kind: "webhook" } }),
  );
  const run = await expectStatus(
    202,
    ratd.call("/api/v1/runs", { token: owner, body: { namespace, layer: "bronze", pipeline: "p" } }),
  );
  const grant = await lab.share(ratd, owner, "dave", { resource_type: "pipeline", resource_id: id });
  const things = {
    namespace,
    trigger: String(trigger.json["id"]),
    run: String(run.json["id"]),
    grant,
  };
  await until(async () => {
    const { json } = await ratd.call(`/api/v1/runs/${things.run}`, { token: owner });
    return (json["run"] as { state: string }).state === "success";
  });
  if (relation === "own") return { things, who: owner };
  if (relation !== "none") {
    await lab.share(ratd, owner, "bob", {
      resource_type: "namespace",
      resource_id: namespace,
      permission: relation,
    });
  }
  return { things, who: "bob" };
}

describe("every route about an object", () => {
  it.each(RELATIONS.map((relation, number) => ({ relation, number })))(
    "for who is $relation of it",
    async ({ relation, number }) => {
      const { things, who } = await thingsFor(relation, number);
      const seen: string[] = [];
      const wanted: string[] = [];
      for (const { name, needs, call } of ROUTES) {
        const [path, options = {}] = call(things);
        const { status, json } = await ratd.call(path, { ...options, token: who });
        // Whatever the thing itself says (no such file, nothing to roll back) comes after the decision.
        const hidden = status === 404 && !/has no file|has no result|no version/.test(String(json["detail"]));
        seen.push(`${name}: ${status === 403 ? 403 : hidden ? 404 : status === 401 ? 401 : "through"}`);
        wanted.push(`${name}: ${NEEDS[needs]?.[relation]}`);
      }
      expect(seen).toEqual(wanted);
    },
    60_000,
  );

  it("is in this table: a new route must say what it needs", async () => {
    const { json } = await ratd.call("/openapi.json");
    const operations = Object.entries(json["paths"] as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const aboutObjects = operations.filter((one) => /\{(?!slot|plugin)/.test(one) && !NOT_OBJECTS.test(one));
    // The routes that name their object in the body or the query are counted apart.
    expect(aboutObjects).toHaveLength(ROUTES.filter(({ call }) => !IN_BODY.test(call(SAMPLE)[0])).length);
  });

  it("tells nothing of a thing that one may not see that it would not tell of one that is not there", async () => {
    const id = await lab.pipeline(ratd, "alice", "secret");
    const answers = await Promise.all(
      [`/api/v1/pipelines/${id}`, "/api/v1/pipelines/absent/bronze/p"].map((path) =>
        ratd.call(path, { token: "bob" }),
      ),
    );
    const [there, absent] = answers.map(({ status, json }) => ({
      status,
      code: json["code"],
      detail: String(json["detail"]).replace("absent", "secret"),
    }));
    expect(there).toEqual(absent);
  });
});

/** Keys, leases, plugins and webhooks are nobody's objects: they have rules of their own. */
const NOT_OBJECTS = /keys|leases|plugins|webhooks/;
const IN_BODY = /^\/api\/v1\/(credentials|runs|pipelines|sharing|sharing\/transfer)(\?|$)/;
const SAMPLE: Things = { namespace: "n", run: "r", trigger: "t", grant: "g" };

describe("lists", () => {
  it("hold what one may read, in pages, with one call to the plugin for each", async () => {
    for (const namespace of ["list-a", "list-b", "list-c"]) await lab.pipeline(ratd, "alice", namespace);
    await lab.share(ratd, "alice", "carol", { resource_type: "namespace", resource_id: "list-b" });
    const { json } = await ratd.call("/api/v1/pipelines?limit=1", { token: "carol" });
    expect((json["pipelines"] as { namespace: string }[]).map(({ namespace }) => namespace)).toEqual([
      "list-b",
    ]);
    const names = async (token: Person) => {
      const answer = await ratd.call("/api/v1/namespaces?limit=200", { token });
      return (answer.json["namespaces"] as { name: string }[]).map(({ name }) => name);
    };
    expect(await names("carol")).toEqual(["list-b"]);
    expect(await names("root")).toContain("default");
    const runs = await ratd.call("/api/v1/runs", { token: "carol" });
    expect(runs.json["runs"]).toEqual([]);
  });
});

describe("grants", () => {
  it("to a role reach its holders, and end at their time", async () => {
    const id = await lab.pipeline(ratd, "alice", "by-role");
    const grant = { resource_type: "pipeline", resource_id: id, permission: "read" };
    const body = { ...grant, grantee_id: "team", grantee_type: "role" };
    await expectStatus(201, ratd.call("/api/v1/sharing", { token: "alice", body }));
    expect((await ratd.call(`/api/v1/pipelines/${id}`, { token: "carol" })).status).toBe(200);
    expect((await ratd.call(`/api/v1/pipelines/${id}`, { token: "dave" })).status).toBe(404);
    const received = await ratd.call("/api/v1/sharing/received?resource_type=pipeline", { token: "carol" });
    expect(received.json["grants"]).toContainEqual(
      expect.objectContaining({ resource_id: id, grantee_id: "team" }),
    );
    const foreign = await ratd.call("/api/v1/sharing/received?user_id=alice", { token: "carol" });
    expect(foreign).toMatchObject({ status: 403, json: { code: "scope_missing" } });
  });

  it("do not outlive the thing: a new one of the name begins with nothing", async () => {
    const id = await lab.pipeline(ratd, "alice", "reborn");
    await lab.share(ratd, "alice", "bob", {
      resource_type: "pipeline",
      resource_id: id,
      permission: "write",
    });
    expect((await ratd.call(`/api/v1/pipelines/${id}`, { token: "bob" })).status).toBe(200);
    await expectStatus(204, ratd.call(`/api/v1/pipelines/${id}`, { token: "alice", method: "DELETE" }));
    const body = { namespace: "reborn", layer: "bronze", name: "p", ...change };
    await expectStatus(201, ratd.call("/api/v1/pipelines", { token: "alice", body }));
    expect((await ratd.call(`/api/v1/pipelines/${id}`, { token: "bob" })).status).toBe(404);
  });

  it("are given on what there is, and not to nobody", async () => {
    const body = {
      resource_type: "pipeline",
      resource_id: "own-0/bronze/none",
      grantee_id: "bob",
      permission: "read",
    };
    expect((await ratd.call("/api/v1/sharing", { token: "root", body })).status).toBe(404);
    const toNobody = { ...body, grantee_id: "anonymous" };
    expect((await ratd.call("/api/v1/sharing", { token: "root", body: toNobody })).status).toBe(422);
  });
});

describe("a table", () => {
  it("may be read by whoever it, its pipeline or its namespace was shared with", async () => {
    const id = await lab.pipeline(ratd, "alice", "tables");
    const folder = join(ratd.workspace, "tables/bronze");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "p.parquet"), "rows");
    await writeFile(join(folder, "q.parquet"), "rows");
    const file = (name: string) => `/api/v1/namespaces/tables/files/bronze/${name}.parquet`;
    const statuses = (token: Person) =>
      Promise.all(["p", "q"].map(async (name) => (await ratd.call(file(name), { token })).status));
    expect(await statuses("bob")).toEqual([404, 404]);
    await lab.share(ratd, "alice", "bob", { resource_type: "table", resource_id: id });
    expect(await statuses("bob")).toEqual([200, 404]);
    await lab.share(ratd, "alice", "dave", { resource_type: "pipeline", resource_id: id });
    expect(await statuses("dave")).toEqual([200, 404]);
    await lab.share(ratd, "alice", "carol", { resource_type: "namespace", resource_id: "tables" });
    expect(await statuses("carol")).toEqual([200, 200]);
    const pipelineOfTable = await ratd.call(`/api/v1/pipelines/${id}`, { token: "bob" });
    expect(pipelineOfTable.status).toBe(404);
  });
});

describe("a change of owner", () => {
  it("moves everything that an owner may, once, however often it is asked for", async () => {
    const id = await lab.pipeline(ratd, "alice", "moving");
    const transfer = (to: string, more: object = {}) =>
      ratd.call("/api/v1/sharing/transfer", {
        token: "root",
        body: { resource_type: "pipeline", resource_id: id, to_user_id: to, ...more },
      });
    expect((await transfer("bob", { from_user_id: "carol" })).json["code"]).toBe("conflict");
    await expectStatus(200, transfer("bob", { from_user_id: "alice" }));
    expect((await transfer("dave", { from_user_id: "alice" })).json["code"]).toBe("conflict");
    const shown = await ratd.call(`/api/v1/pipelines/${id}`, { token: "bob" });
    expect(shown.json).toMatchObject({ owner: "bob" });
    // Of many at once one wins.
    const results = await Promise.all(
      ["alice", "carol", "dave"].map((to) => transfer(to, { from_user_id: "bob" })),
    );
    expect(results.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe("an explanation", () => {
  it("tells operators who owns, who gave, and why not", async () => {
    const id = await lab.pipeline(ratd, "alice", "explained");
    await lab.share(ratd, "alice", "bob", { resource_type: "namespace", resource_id: "explained" });
    const body = { user_id: "bob", action: "write", resource_type: "pipeline", resource_id: id };
    const { json } = await ratd.operate("/api/v1/access/explain", { body });
    expect(json).toMatchObject({
      allowed: false,
      decided_by: "plugin",
      owner: "alice",
      ancestors: [{ resource_type: "namespace", resource_id: "explained", owner: "alice" }],
      paths: [{ source: "grant", level: "read", sufficient: false, granted_by: "alice" }],
      by_role: { allowed: false },
    });
    expect((await ratd.call("/api/v1/access/explain", { token: "root", body })).json["code"]).toBe(
      "scope_missing",
    );
  });
});
