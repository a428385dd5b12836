import { definePlugin, servePlugin } from "@rat/plugin-sdk";

/** A plugin whose calls finish when the process gets SIGUSR2; SIGHUP turns its health. */
const slowAuth = definePlugin("auth", {
  name: "slow-auth",
  version: "0.1.0",
  authenticate: (_input, { log }) =>
    new Promise((resolve) => {
      process.once("SIGUSR2", () => resolve({ userId: "ada" }));
      log.info("authenticating");
    }),
  authorize: () => ({ allowed: false }),
});

const served = await servePlugin(slowAuth, { drainMs: Number(process.env.DRAIN_MS ?? 10_000) });
process.on("SIGHUP", () => served.health.degraded("hung up"));
