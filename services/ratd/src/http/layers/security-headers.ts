import type { Layer } from "./layer.ts";

const HEADERS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
} as const;

/** Layer 2: headers that keep browsers from guessing, framing and leaking. */
export const securityHeadersLayer: Layer = {
  number: 2,
  name: "security-headers",
  install(app) {
    app.addHook("onRequest", (_request, reply, done) => {
      void reply.headers(HEADERS);
      done();
    });
  },
};
