// An auth plugin that speaks gRPC only, on node:http2 and the generated contracts; no SDK.
import { createServer } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AuthService } from "@rat/contracts/auth";
import { PluginService } from "@rat/contracts/plugin";

const token = process.env.PLAIN_TOKEN ?? "plain-token";

const handler = connectNodeAdapter({
  connect: false,
  grpcWeb: false,
  readMaxBytes: 4 * 1024 * 1024,
  routes(router) {
    router.service(PluginService, { healthCheck: () => ({ status: "healthy" }) });
    router.service(AuthService, {
      authenticate(request) {
        if (request.token !== token) throw new ConnectError("unknown token", Code.Unauthenticated);
        return { userId: "plain-user", roles: ["viewer"] };
      },
      authorize: ({ action }) => ({ allowed: action === "read" }),
    });
  },
});

const server = createServer(handler);
server.listen(Number(process.env.PORT ?? 50060), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  console.error(JSON.stringify({ msg: "listening", url: `http://127.0.0.1:${port}` }));
});
