import { describe, expect, it } from "vitest";
import { RatError } from "../errors.ts";
import { buildConfig, type Config } from "./config.ts";
import type { ConfigChange } from "./config-diff.ts";
import { applicable, diffConfig } from "./config-diff.ts";
import { LiveConfig } from "./live-config.ts";
import type { RatYaml } from "./schema.ts";

const around = {
  file: "rat.yaml",
  directory: "/",
  dataDirectory: "/data",
  strict: false,
  resolvePath: (path: string) => path,
};
const built = (yaml: RatYaml) => buildConfig(yaml, { ...around, written: yaml });
/** A rat.yaml of which a running ratd takes over a change: the port of a service. */
const on = (port: number): RatYaml => ({ services: { api: `http://127.0.0.1:${port}/` } });
const portOf = ({ services }: Config) => Number(services[0]?.url.port);

/** A live configuration whose file is a value of the test, and what a follower went through. */
function live(start: RatYaml, refuse: () => string | undefined = () => undefined) {
  const file: { yaml: RatYaml | Error } = { yaml: start };
  const config = new LiveConfig<string>(built(start), (running) => {
    if (file.yaml instanceof Error) throw file.yaml;
    const changes = diffConfig(running, { yaml: file.yaml, written: file.yaml });
    return { config: built(applicable(running.yaml, file.yaml)), changes };
  });
  const steps: string[] = [];
  const told: (readonly ConfigChange[] | RatError)[] = [];
  config.onReload((outcome) => told.push(outcome));
  const follower = (name: string, refusal: () => string | undefined) => ({
    prepare: (after: Config) => {
      const port = portOf(after);
      const why = refusal();
      if (why !== undefined) return Promise.reject(new RatError("reload_refused", why));
      steps.push(`${name} prepares ${port}`);
      return Promise.resolve({
        commit: () => steps.push(`${name} commits ${port}`),
        cancel: () => steps.push(`${name} cancels ${port}`),
      });
    },
  });
  config.follow(follower("first", () => undefined));
  config.follow(follower("second", refuse));
  return { config, file, steps, told };
}

describe("LiveConfig", () => {
  it("prepares all before it commits any", async () => {
    const { config, file, steps } = live(on(1));
    file.yaml = on(2);
    expect(await config.reload("test")).toMatchObject([{ key: "services.api", to: '"http://127.0.0.1:2/"' }]);
    expect(steps).toEqual(["first prepares 2", "second prepares 2", "first commits 2", "second commits 2"]);
    expect(portOf(config.current)).toBe(2);
  });

  it("changes nothing when a follower refuses, and says why", async () => {
    const { config, file, steps, told } = live(on(1), () => "it is not ready");
    file.yaml = on(2);
    await expect(config.reload("test")).rejects.toMatchObject({
      code: "reload_refused",
      message: "it is not ready",
    });
    expect(steps).toEqual(["first prepares 2", "first cancels 2"]);
    expect(portOf(config.current)).toBe(1);
    expect(told).toMatchObject([{ code: "reload_refused" }]);
  });

  it("changes nothing when the file is wrong, and names its problems", async () => {
    const { config, file, steps } = live(on(1));
    file.yaml = new RatError("config_invalid", "rat.yaml:1:1 listn: unknown key");
    await expect(config.reload("test")).rejects.toMatchObject({
      code: "reload_refused",
      message: expect.stringContaining("listn"),
    });
    expect(() => config.preview()).toThrow(/listn/);
    expect(steps).toEqual([]);
  });

  it("previews without changing, and goes on naming what waits for a restart", async () => {
    const { config, file, steps } = live(on(1));
    file.yaml = { ...on(1), listen: "127.0.0.1:9" };
    expect(config.preview()).toMatchObject([{ key: "listen", applies: "restart" }]);
    expect(await config.reload("test")).toMatchObject([{ key: "listen", applies: "restart" }]);
    expect(steps).toEqual([]);
    expect(config.current.listen.port).toBe(8080);
    expect(config.preview()).toMatchObject([{ key: "listen" }]);
  });

  it("tells of a change when it is in force, and of nothing else", async () => {
    const { config, file } = live(on(1));
    const heard: number[] = [];
    const stop = config.onChange((after, before) => {
      heard.push(portOf(before), portOf(after), portOf(config.current));
    });
    await config.reload("test");
    file.yaml = { ...on(1), listen: "127.0.0.1:9" };
    await config.reload("test");
    expect(heard).toEqual([]);
    file.yaml = on(2);
    await config.reload("test");
    expect(heard).toEqual([1, 2, 2]);
    stop();
    file.yaml = on(3);
    await config.reload("test");
    expect(heard).toHaveLength(3);
  });

  it("takes two reloads one after the other", async () => {
    const { config, file, steps } = live(on(1));
    file.yaml = on(2);
    expect(await config.reload("a")).toHaveLength(1);
    expect(await config.reload("b")).toHaveLength(0);
    expect(steps).toHaveLength(4);
  });

  it("takes one more for all who ask while one is under way, and tells of each who asked", async () => {
    const { config, file, steps } = live(on(1));
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    config.follow({
      async prepare() {
        begun.resolve();
        await goOn.promise;
        return { commit: () => undefined, cancel: () => undefined };
      },
    });
    const askers: string[] = [];
    config.onReload((_, by) => askers.push(by));
    file.yaml = on(2);
    const first = config.reload("first");
    await begun.promise;
    // What the first has not read, the others get.
    file.yaml = on(3);
    const names = Array.from({ length: 100 }, (_, number) => `asker ${number}`);
    const others = names.map((name) => config.reload(name));
    goOn.resolve();
    expect(await first).toMatchObject([{ to: '"http://127.0.0.1:2/"' }]);
    expect(new Set((await Promise.all(others)).map(([change]) => change?.to))).toEqual(
      new Set(['"http://127.0.0.1:3/"']),
    );
    expect(steps.filter((step) => step.startsWith("first prepares"))).toEqual([
      "first prepares 2",
      "first prepares 3",
    ]);
    expect(askers).toEqual(["first", ...names]);
  });
});
