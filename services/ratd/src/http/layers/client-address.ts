import type { Layer } from "./layer.ts";

/** Headers with which a caller could claim to be someone; only ratd may set them for plugins. */
const IDENTITY_HEADERS = [
  /^x-rat-/,
  /^x-forwarded-user$/,
  /^x-forwarded-email$/,
  /^x-forwarded-groups$/,
  /^x-remote-user$/,
];

/** What a caller of a webhook signs; claims no identity by itself, and goes only to routes that verify it. */
const SIGNED_HEADERS = new Set(["x-rat-timestamp", "x-rat-signature", "x-rat-delivery"]);

/**
 * Layer 4: the client's address is that of the connection, or of X-Forwarded-For when the connection comes from a
 * trusted proxy (Fastify's `trustProxy` reads the configured list). Claims of identity are dropped.
 */
export const clientAddressLayer: Layer = {
  number: 4,
  name: "client-address",
  install(app) {
    app.addHook("onRequest", (request, _reply, done) => {
      const kept = request.routeOptions.config.ownVerification === true ? SIGNED_HEADERS : undefined;
      for (const name of Object.keys(request.headers)) {
        if (!name.startsWith("x") || kept?.has(name) === true) continue;
        const plain = name.replaceAll("_", "-");
        if (IDENTITY_HEADERS.some((pattern) => pattern.test(plain))) delete request.headers[name];
      }
      done();
    });
  },
};
