import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { whyNoDocker } from "../support/docker-engine.ts";
import { ACCESS, DockerProject } from "../support/docker-project.ts";
import { call } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const PLUGINS = ["auth-keycloak", "sharing-plugin", "enforcement-plugin", "cloud-aws"];

/** All but Keycloak, whose image is nobody's to build: the auth plugin waits for it. */
const STARTED = ["ratd", "runner", "postgres", "grants", ...PLUGINS];

const missing = whyNoDocker();
if (missing !== undefined) console.warn(`The test of the access overlay in Docker is skipped: ${missing}`);

describe.skipIf(missing !== undefined)(
  `the access overlay in containers${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let project: DockerProject;
    beforeAll(async () => {
      project = await DockerProject.create();
      // One plugin first: the others then find all but their last layer in the cache.
      await project.compose([ACCESS], "build", "ratd", "auth-keycloak");
      await project.compose([ACCESS], "build");
    }, 600_000);
    afterAll(async () => {
      await project?.compose([ACCESS], "down", "--volumes", "--timeout", "5");
      await project?.[Symbol.asyncDispose]();
    }, 120_000);

    it("is valid, and keeps the grants on a network of their own", async () => {
      const { services } = parse(await project.compose([ACCESS], "config")) as {
        services: Record<string, { networks?: object; read_only?: boolean }>;
      };
      expect(Object.keys(services).sort()).toEqual([...STARTED, "keycloak", "secrets"].sort());
      expect(Object.keys(services["grants"]?.networks ?? {})).toEqual(["grants"]);
      for (const plugin of PLUGINS) expect(services[plugin]?.read_only).toBe(true);
    });

    it("shares and enforces, and lets nobody in while Keycloak is away, but by an API key", async () => {
      await project.compose([ACCESS], "up", "--detach", "--wait", "--no-build", ...STARTED);
      const state = async (slot: string) =>
        ((await call(project.url, "/health")).json["slots"] as Record<string, { state: string }>)[slot]
          ?.state;
      for (const [slot, wanted] of [
        ["sharing", "active"],
        ["enforcement", "active"],
        ["auth", "denying"],
        ["cloud", "denying"],
      ] as const) {
        await until(async () => (await state(slot)) === wanted, {
          timeoutMs: 60_000,
          what: `${slot} to be ${wanted}`,
        });
      }
      const refused = await call(project.url, "/api/v1/me", { token: "somebody" });
      expect(refused).toMatchObject({ status: 503, json: { code: "slot_denying" } });
      const key = await project.evaluate(
        "ratd",
        `import { readFileSync } from "node:fs"; console.log(readFileSync("/data/bootstrap-key", "utf8").trim());`,
      );
      const me = await call(project.url, "/api/v1/me", { headers: { "x-api-key": key } });
      expect(me).toMatchObject({ status: 200, json: { auth_mode: "api_key" } });
      expect((await project.inspect("ratd")).Config.Env.join("\n")).not.toContain(key);
    });
  },
);
