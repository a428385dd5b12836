import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { newRequestState } from "../request-state.ts";
import type { Layer } from "./layer.ts";

/** The caller's request id when it is well formed, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, "headers">): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[A-Za-z0-9._:-]{1,128}$/.test(given) ? given : randomUUID();
}

/** Layer 3: gives the request its id, its trace and its snapshot of the slots. */
export const requestIdLayer: Layer = {
  number: 3,
  name: "request-id",
  install(app, { slots }) {
    app.decorateRequest("rat");
    app.addHook("onRequest", (request, reply, done) => {
      request.rat = newRequestState(request, reply, slots.current());
      void reply.header("x-request-id", request.id);
      done();
    });
  },
};
