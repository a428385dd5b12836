import { definePlugin, safeEqual, secret, servePlugin, Type } from "@rat/plugin-sdk";
const tinyAuth = definePlugin("auth", {
  name: "tiny-auth",
  version: "0.1.0",
  config: Type.Object({ token: secret() }),
  authenticate: ({ token }, { config, deny }) =>
    safeEqual(token, config.token) ? { userId: "admin", roles: ["admin"] } : deny("unknown token"),
  authorize: ({ userId }) => ({ allowed: userId === "admin" }),
});
await servePlugin(tinyAuth);
