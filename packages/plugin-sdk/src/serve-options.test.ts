import { expect, test } from "vitest";
import { resolveServeOptions } from "./serve-options.ts";

test("an option wins over the environment, which wins over the default", () => {
  expect(resolveServeOptions({ env: {} }, 50060)).toMatchObject({ port: 50060, host: "127.0.0.1" });
  const env = { PORT: "1", RAT_PLUGIN_PORT: "2", RAT_PLUGIN_HOST: "0.0.0.0", RAT_PLUGIN_CONFIG: '{"a":1}' };
  expect(resolveServeOptions({ env }, 50060)).toMatchObject({ port: 2, host: "0.0.0.0", config: { a: 1 } });
  expect(resolveServeOptions({ env, port: 3, config: {} }, 50060)).toMatchObject({ port: 3, config: {} });
  expect(resolveServeOptions({ env: { PORT: "1" } }, 50060).port).toBe(1);
});

test.each([
  [{ PORT: "http" }, "PORT must be a port number"],
  [{ RAT_PLUGIN_PORT: "70000" }, "RAT_PLUGIN_PORT must be a port number"],
  [{ RAT_PLUGIN_CONFIG: "{hunter2" }, /^RAT_PLUGIN_CONFIG is not valid JSON$/],
  [{ RAT_PLUGIN_TLS_CERT: "/c.pem" }, "or none"],
  [{ RAT_LOG_LEVEL: "loud" }, "RAT_LOG_LEVEL must be one of"],
])("names the faulty variable: %j", (env, message) => {
  expect(() => resolveServeOptions({ env }, 50060)).toThrow(message);
});
