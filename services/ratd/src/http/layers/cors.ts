import cors from "@fastify/cors";
import type { Layer } from "./layer.ts";

/** Layer 1: answers browsers from the configured origins; no origins, no CORS headers. */
export const corsLayer: Layer = {
  number: 1,
  name: "cors",
  async install(app, { live }) {
    const { origins, credentials } = live.current.cors;
    if (origins.length === 0) return;
    await app.register(cors, {
      origin: origins.includes("*") ? "*" : [...origins],
      credentials,
      methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      exposedHeaders: ["x-request-id", "x-rat-auth-mode", "retry-after", "etag"],
      maxAge: 600,
    });
  },
};
