// An auth plugin from the contract page alone: node:http and JSON, no SDK, no protobuf.
import { createServer, type IncomingMessage } from "node:http";

type Answer = readonly [status: number, body: object];

const rpcs: Record<string, (request: Record<string, unknown>) => Answer> = {
  "/rat.plugin.v1.PluginService/HealthCheck": () => [200, { status: "healthy", message: "plain and well" }],
  "/rat.auth.v1.AuthService/Authenticate": ({ token }) =>
    token === (process.env.PLAIN_TOKEN ?? "plain-token")
      ? [200, { user_id: "plain-user", roles: ["viewer"] }]
      : [401, { code: "unauthenticated", message: "unknown token" }],
  "/rat.auth.v1.AuthService/Authorize": ({ action }) => [200, { allowed: action === "read" }],
};

async function answer(request: IncomingMessage): Promise<Answer> {
  const rpc = rpcs[request.url ?? ""];
  if (rpc === undefined) return [404, { code: "unimplemented", message: "no such RPC" }];
  if (request.headers["content-type"] !== "application/json") return [415, {}];
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) if ((text += chunk).length > 4e6) throw new Error();
  return rpc(JSON.parse(text));
}

const server = createServer((request, response) => {
  const refused: Answer = [400, { code: "invalid_argument", message: "not JSON, or too large" }];
  const done = answer(request).catch(() => refused);
  void done.then(([status, body]) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
});

server.listen(Number(process.env.PORT ?? 50060), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  console.error(JSON.stringify({ msg: "listening", url: `http://127.0.0.1:${port}` }));
});
