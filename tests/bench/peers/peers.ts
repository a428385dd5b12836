import { fileURLToPath } from "node:url";

/** The programs that run as processes of their own. */
export const PEERS = {
  authServer: fileURLToPath(import.meta.resolve("./auth-server.ts")),
  connectPlugin: fileURLToPath(import.meta.resolve("./connect-plugin.ts")),
  farm: fileURLToPath(import.meta.resolve("./farm.ts")),
  fastifyConnect: fileURLToPath(import.meta.resolve("./fastify-connect.ts")),
  fastifyEnforced: fileURLToPath(import.meta.resolve("./fastify-enforced.ts")),
  fastifyHello: fileURLToPath(import.meta.resolve("./fastify-hello.ts")),
  httpHello: fileURLToPath(import.meta.resolve("./http-hello.ts")),
  loadGenerator: fileURLToPath(import.meta.resolve("./load-generator.ts")),
  nodeUndici: fileURLToPath(import.meta.resolve("./node-undici.ts")),
  pluginMemory: fileURLToPath(import.meta.resolve("./plugin-memory.ts")),
} as const;
