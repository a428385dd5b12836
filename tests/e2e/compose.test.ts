import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { docker, whyNoDocker } from "../support/docker-engine.ts";
import { DockerProject, PRO } from "../support/docker-project.ts";
import { call } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const PLUGINS = ["hello-auth", "hello-executor", "hello-sharing", "hello-enforcement", "hello-cloud"];
const SERVICES = ["ratd", "runner", "postgres", ...PLUGINS];

/** What of /health the tests read. */
interface Health {
  readonly status: string;
  readonly services: Readonly<Record<string, string>>;
  readonly plugins: Readonly<Record<string, string>>;
  readonly slots: Readonly<Record<string, { readonly state: string; readonly on_down: string | null }>>;
}

/** What of `docker compose config` the tests read. */
interface ComposeConfig {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly build?: { readonly context: string };
        readonly healthcheck?: { readonly test?: readonly string[] };
        readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
        readonly environment?: Readonly<Record<string, string>>;
        readonly networks?: object;
      }
    >
  >;
}

const missing = whyNoDocker();
if (missing !== undefined) console.warn(`The tests of docker compose are skipped: ${missing}`);

describe.skipIf(missing !== undefined)(
  `docker compose${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let project: DockerProject;
    const health = async (): Promise<Health> => {
      const answer = await fetch(new URL("/health", project.url), { signal: AbortSignal.timeout(2000) });
      return (await answer.json()) as Health;
    };
    const slotState = async (slot: string) => (await health()).slots[slot]?.state;

    beforeAll(async () => {
      project = await DockerProject.create();
      // One plugin first: the others then find all but their last layer in the cache.
      await project.compose([PRO], "build", "ratd", "hello-auth");
      await project.compose([PRO], "build");
    }, 600_000);
    afterAll(async () => {
      await project?.[Symbol.asyncDispose]();
    }, 120_000);

    it("has a valid base and a valid overlay, from whatever folder it is called", async () => {
      const base = parse(await project.compose([], "config")) as ComposeConfig;
      expect(Object.keys(base.services).sort()).toEqual(["postgres", "ratd", "runner", "secrets"]);

      const { services } = parse(await project.compose([PRO], "config")) as ComposeConfig;
      expect(Object.keys(services).sort()).toEqual([...SERVICES, "secrets"].sort());
      expect(services["hello-auth"]?.build?.context).toBe(base.services["ratd"]?.build?.context);
      expect(services["ratd"]?.environment?.["RAT_CONFIG"]).toBe("/etc/rat/rat.pro.yaml");
      // Merging files must not lose what --wait and the start order live on.
      expect(services["postgres"]?.healthcheck?.test?.[1]).toBe("pg_isready");
      expect(services["ratd"]?.depends_on).toMatchObject({
        postgres: { condition: "service_healthy" },
        secrets: { condition: "service_completed_successfully" },
      });
      for (const plugin of PLUGINS)
        expect(Object.keys(services[plugin]?.networks ?? {})).toEqual(["backend"]);
    });

    it("starts ratd and PostgreSQL alone; up --wait returns when ratd serves", async () => {
      await project.compose([], "up", "--detach", "--wait", "--no-build");
      const answer = await until(
        async () => {
          const now = await health();
          return now.services["runner"] === "healthy" ? now : undefined;
        },
        { what: "a healthy runner" },
      );
      expect(answer).toMatchObject({
        status: "ok",
        services: { postgres: "healthy" },
        plugins: {},
        slots: { auth: { state: "builtin" }, cloud: { state: "builtin" } },
      });
    });

    it("runs a pipeline in the warm pool, on a file that was uploaded", async () => {
      const put = await fetch(`${project.url}/api/v1/namespaces/default/files/raw/days.csv`, {
        method: "PUT",
        headers: { "content-type": "application/octet-stream" },
        body: "day,rain\n1,0.5\n2,1.5\n",
      });
      expect(put.status).toBe(201);
      const sql = "SELECT sum(rain) AS rain FROM read_csv('raw/days.csv')";
      const pipeline = { layer: "gold", name: "rain", kind: "sql", spec: { sql } };
      expect(await call(project.url, "/api/v1/pipelines", { body: pipeline })).toMatchObject({ status: 201 });
      const { json } = await call(project.url, "/api/v1/runs", { body: { layer: "gold", pipeline: "rain" } });
      const ended = await call(project.url, `/api/v1/runs/${String(json["id"])}/wait?seconds=30`);
      expect(ended.json).toMatchObject({ state: "success", reason: "", executor: "warm-pool" });
      const result = await call(project.url, `/api/v1/runs/${String(json["id"])}/result`);
      expect(result.json).toMatchObject({ rows: [[2]], path: "gold/rain.parquet" });
    });

    it("lets up --wait fail when ratd cannot start", async () => {
      const folder = mkdtempSync(join(tmpdir(), "rat-overlay-"));
      const overlay = join(folder, "broken.yml");
      writeFileSync(overlay, "services: { ratd: { environment: { RAT_LISTEN: nowhere } } }");
      try {
        const up = project.compose([overlay], "up", "--detach", "--wait", "--no-build");
        await expect(up).rejects.toThrow(/ratd-1/);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it("takes the overlay: five healthy plugins, four slots that deny and an executor that does not", async () => {
      await project.compose([PRO], "up", "--detach", "--wait", "--no-build");
      const answer = await until(
        async () => {
          const now = await health();
          return Object.values(now.slots).every(({ state }) => state === "active") ? now : undefined;
        },
        { what: "five active slots" },
      );
      expect(answer.plugins).toEqual(Object.fromEntries(PLUGINS.map((name) => [name, "healthy"])));
      expect(
        Object.fromEntries(Object.entries(answer.slots).map(([slot, { on_down }]) => [slot, on_down])),
      ).toEqual({
        auth: "deny",
        executor: "noop",
        sharing: "deny",
        enforcement: "deny",
        cloud: "deny",
      });
    });

    it.each(SERVICES)(
      "confines %s: no root, no capability, nothing writable but its own data",
      async (service) => {
        const { Config, HostConfig } = await project.inspect(service);
        expect(Config.User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
        expect(HostConfig).toMatchObject({
          ReadonlyRootfs: true,
          CapDrop: ["ALL"],
          CapAdd: null,
          Privileged: false,
          SecurityOpt: ["no-new-privileges:true"],
        });
        expect(HostConfig.Memory).toBeGreaterThan(0);
        expect(HostConfig.NanoCpus).toBeGreaterThan(0);
        expect(HostConfig.PidsLimit).toBeGreaterThan(0);
        expect(Config.Env.filter((line) => /password=|token=|secret=/i.test(line))).toEqual([]);
        const seen = await project.evaluate(
          service,
          `import { readFileSync, writeFileSync } from "node:fs";
       const status = readFileSync("/proc/self/status", "utf8");
       let write = "done";
       try { writeFileSync("/app-was-here", ""); } catch (error) { write = error.code; }
       console.log(JSON.stringify({ uid: process.getuid(), caps: /CapBnd:\\s*(\\w+)/.exec(status)[1], write }));`,
        );
        expect(JSON.parse(seen)).toEqual({
          uid: Number(Config.User.split(":")[0]),
          caps: "0".repeat(16),
          write: "EROFS",
        });
      },
    );

    it("keeps the plugins away from the database", async () => {
      const dial = `import { connect } from "node:net";
      connect(5432, "postgres").on("connect", () => { console.log("reached"); process.exit(); })
        .on("error", (error) => console.log(error.code));`;
      expect(await project.evaluate("ratd", dial)).toBe("reached");
      expect(await project.evaluate("hello-auth", dial)).toBe("ENOTFOUND");
    });

    it("takes the generated token and no demo token", async () => {
      const token = await project.evaluate(
        "ratd",
        `import { readFileSync } from "node:fs"; console.log(readFileSync("/run/secrets/rat/admin-token", "utf8"));`,
      );
      const me = await call(project.url, "/api/v1/me", { token });
      expect(me).toMatchObject({ status: 200, json: { user_id: "admin", roles: ["admin"] } });
      expect((await call(project.url, "/api/v1/me", { token: "demo-admin" })).status).toBe(401);
    });

    it("denies within a second of the auth plugin's death, and lets in again within two of its return", async () => {
      const container = project.containerOf("hello-auth");
      await docker("kill", container);
      await until(async () => (await slotState("auth")) === "denying", { timeoutMs: 1000, what: "denying" });
      expect((await health()).plugins["hello-auth"]).toBe("down");
      const refused = await fetch(new URL("/api/v1/me", project.url));
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ code: "slot_denying" });

      await docker("start", container);
      // The health check of the image passes as soon as the plugin serves; Docker itself asks only every 5 s.
      await until(() => docker("exec", container, "node", "/app/health.mjs"), {
        timeoutMs: 20_000,
        what: "the plugin serving again",
      });
      await until(async () => (await slotState("auth")) === "active", { timeoutMs: 2000, what: "active" });
    });

    it("outlives its database and says that it is gone", async () => {
      const before = await project.inspect("ratd");
      await docker("kill", project.containerOf("postgres"));
      const down = await until(
        async () => {
          const now = await health();
          return now.services["postgres"] === "down" ? now : undefined;
        },
        { timeoutMs: 10_000, what: "postgres down in /health" },
      );
      expect(down.status).toBe("degraded");
      expect(Object.values(down.slots).map(({ state }) => state)).toEqual(Array(5).fill("active"));

      await docker("start", project.containerOf("postgres"));
      await until(async () => (await health()).status === "ok", {
        timeoutMs: 30_000,
        what: "postgres healthy in /health",
      });
      const { State, RestartCount } = await project.inspect("ratd");
      expect({ State, RestartCount }).toMatchObject({
        State: { Running: true, StartedAt: before.State.StartedAt },
        RestartCount: 0,
      });
    });

    it("leaves nothing behind after down -v", async () => {
      expect((await project.remains()).length).toBeGreaterThan(10);
      await project.compose([PRO], "down", "--volumes");
      expect(await project.remains()).toEqual([]);
    });
  },
);
