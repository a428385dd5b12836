import type { MethodImplSpec } from "@connectrpc/connect";
import type { RequestHandler } from "@rat/contracts/unread-rest";

const METHOD_NOT_ALLOWED = 405;

/**
 * Refuses GET at the paths of the methods. The RPC library takes it for those that have no side effects, with the
 * message in the URL: there a token of Authenticate would end up in the logs of every proxy, and a page that a browser
 * shows could ask without the browser asking first whether it may.
 */
export function postOnly(methods: readonly MethodImplSpec[], handler: RequestHandler): RequestHandler {
  const paths = new Set(methods.map(({ method }) => `/${method.parent.typeName}/${method.name}`));
  return (request, response) => {
    const [path = ""] = (request.url ?? "").split("?", 1);
    if (request.method !== "GET" || !paths.has(path)) return handler(request, response);
    response.statusCode = METHOD_NOT_ALLOWED;
    response.setHeader("allow", "POST");
    response.end();
  };
}
