import { createServer } from "node:http";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { ServiceImpl } from "@connectrpc/connect";
import { PluginService } from "@rat/contracts/plugin";
import { RunnerReportService } from "@rat/contracts/runner";
import { readingRest, type RequestHandler } from "@rat/contracts/unread-rest";
import type { HostPort } from "../platform/host-port.ts";
import { listenError } from "../platform/listen-error.ts";

/** What the internal listener tells. */
export interface InternalServerDeps {
  readonly listen: HostPort;
  readonly version: string;
  /** Whether ratd takes requests: false while it drains. */
  readonly ready: () => boolean;
  /** Takes the reports of executors. */
  readonly reports: ServiceImpl<typeof RunnerReportService>;
}

/** The internal listener. */
export interface InternalServer extends AsyncDisposable {
  readonly address: HostPort;
}

/**
 * Listens for plugins and runners, apart from the public API: neither is reachable through the other. ratd
 * serves the base contract there, so that they can check it with the same call by which it checks them.
 *
 * @throws RatError `address_in_use` or `address_unusable`.
 */
export async function startInternalServer({
  listen,
  version,
  ready,
  reports,
}: InternalServerDeps): Promise<InternalServer> {
  const server = createServer(
    // Node.js looks for slow requests each second; its default of 30 s would add that much to the limits.
    { requestTimeout: 30_000, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
    readingRest(
      refusingOddHosts(
        connectNodeAdapter({
          readMaxBytes: 4 * 1024 * 1024,
          routes: (router) => {
            router.service(PluginService, {
              healthCheck: () =>
                ready() ? { status: "healthy" } : { status: "degraded", message: "draining" },
              describe: () => ({ name: "ratd", version }),
            });
            router.service(RunnerReportService, reports);
          },
        }),
      ),
    ),
  );
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(listen.port, listen.host, () => resolve());
  try {
    await promise;
  } catch (reason) {
    throw listenError(reason, "internal_listen", listen);
  }
  const bound = server.address();
  return {
    address: {
      host: listen.host,
      port: bound !== null && typeof bound === "object" ? bound.port : listen.port,
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers 400 where the adapter would throw, outside of any call, which would end the process: a Host that is no host. */
function refusingOddHosts(handler: RequestHandler): RequestHandler {
  return (request, response) => {
    const { host } = request.headers;
    if (host !== undefined && URL.canParse(`http://${host}`)) return handler(request, response);
    response.statusCode = 400;
    response.end();
  };
}
