import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

const env = { RAT_RUNNER_WORKSPACE: "/w" };

test("has defaults for everything but the workspace", () => {
  expect(readSettings([], env)).toMatchObject({
    host: "127.0.0.1",
    port: 50_065,
    workspace: "/w",
    state: "/w.runner",
    inheritEnv: ["PATH", "LANG", "TZ"],
    sourceHosts: [],
    endWithStdin: false,
  });
  expect(readSettings([], env).places).toBeGreaterThanOrEqual(4);
});

test.each([
  [["--listen", "[::1]:0"], { host: "::1", port: 0 }],
  [["--listen=0.0.0.0:9"], { host: "0.0.0.0", port: 9 }],
  [["--end-with-stdin"], { endWithStdin: true }],
])("reads %j", (args, settings) => expect(readSettings(args, env)).toMatchObject(settings));

test("--listen wins over the variables of every plugin", () => {
  const all = { ...env, RAT_PLUGIN_HOST: "0.0.0.0", RAT_PLUGIN_PORT: "1" };
  expect(readSettings([], all)).toMatchObject({ host: "0.0.0.0", port: 1 });
  expect(readSettings(["--listen", "a:2"], all)).toMatchObject({ host: "a", port: 2 });
});

test.each([
  [[], {}, "RAT_RUNNER_WORKSPACE"],
  [[], { ...env, RAT_RUNNER_PLACES: "0" }, "RAT_RUNNER_PLACES must be a whole number from 1 to 64"],
  [[], { ...env, RAT_RUNNER_SOURCE_HTTP: "yes" }, "RAT_RUNNER_SOURCE_HTTP must be 0 or 1"],
  [[], { ...env, RAT_RUNNER_SOURCE_HOSTS: "a,http://b" }, 'RAT_RUNNER_SOURCE_HOSTS: "http://b"'],
  [[], { ...env, RAT_RUNNER_INHERIT_ENV: "A=B" }, "RAT_RUNNER_INHERIT_ENV"],
  [["--listen", "9"], env, "--listen must be host:port"],
  [["--port", "9"], env, 'cannot read "--port"'],
])("refuses %j %j", (args, variables, message) => {
  expect(() => readSettings(args, variables)).toThrow(message);
});
