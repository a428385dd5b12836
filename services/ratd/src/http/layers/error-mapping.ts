import { RatError } from "../../errors.ts";
import type { App } from "../deps.ts";
import { fromFastify, sendProblem } from "../kit/problem.ts";
import type { Layer } from "./layer.ts";

/** Layer 6: every error leaves as a problem document; the cause goes to the log only. */
export const errorMappingLayer: Layer = {
  number: 6,
  name: "error-mapping",
  install(app, { logger }) {
    const routes = rememberRoutes(app);
    app.setErrorHandler((thrown: Error, request, reply) => {
      const error = fromFastify(thrown);
      // What has no cause is our own answer, given by rule: the access log has it.
      if (error.kind.status >= 500 && error.cause !== undefined) {
        logger.warn({ request_id: request.id, code: error.code, err: error.cause }, error.message);
      }
      return sendProblem(error, request, reply);
    });
    app.setNotFoundHandler((request, reply) => {
      const path = request.url.split("?", 1)[0] ?? "/";
      const methods = routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
      if (methods.length === 0) {
        return sendProblem(
          new RatError("not_found", `There is no route ${path.slice(0, 200)}.`),
          request,
          reply,
        );
      }
      const allowed = [...new Set(methods)].toSorted().join(", ");
      void reply.header("allow", allowed);
      const detail = `${path.slice(0, 200)} takes ${allowed}, not ${request.method}.`;
      return sendProblem(new RatError("method_not_allowed", detail), request, reply);
    });
  },
};

/** Collects the routes as they are added, to tell a wrong method from a wrong path. */
function rememberRoutes(app: App): { pattern: RegExp; method: string }[] {
  const routes: { pattern: RegExp; method: string }[] = [];
  app.addHook("onRoute", ({ url, method }) => {
    const source = url
      .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll(/:[A-Za-z_]+/g, "[^/]+")
      .replace(/\\\*$/, ".*");
    const pattern = new RegExp(`^${source}$`);
    for (const one of [method].flat()) routes.push({ pattern, method: one });
  });
  return routes;
}
