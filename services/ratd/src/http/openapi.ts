import { buildConfig } from "../config/config.ts";
import { EventBus } from "../events/event-bus.ts";
import { systemClock } from "../platform/clock.ts";
import { silentLogger } from "../platform/logger.ts";
import { createMetrics } from "../platform/metrics.ts";
import type { Registry } from "../registry/registry.ts";
import { Slots } from "../slots/slots.ts";
import { VERSION } from "../version.ts";
import { createApp } from "./app.ts";

/** The OpenAPI document of the routes, without a running ratd. */
export async function openApiDocument(): Promise<object> {
  const clock = systemClock;
  const app = await createApp({
    config: buildConfig(
      {},
      { file: "rat.yaml", directory: ".", dataDirectory: ".", strict: false, resolvePath: (path) => path },
    ),
    version: VERSION,
    slots: new Slots({
      plugins: [],
      remotes: {},
      clock,
      retryAfterSeconds: () => 1,
      onTransition: () => undefined,
      onStandIn: () => undefined,
    }),
    plugins: [],
    registry: emptyRegistry,
    services: () => [],
    events: new EventBus(),
    metrics: createMetrics(VERSION),
    clock,
    logger: silentLogger,
    ready: () => true,
  });
  try {
    return app.swagger();
  } finally {
    await app.close();
  }
}

const emptyRegistry: Registry = {
  register: () => undefined,
  recordHealth: () => undefined,
  recordVersion: () => undefined,
  list: () => [],
  get: () => undefined,
  history: () => Promise.resolve([]),
  flushed: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
