// What one would write without ratd: Fastify, and a hook that asks the plugin with a plain connect-node client.
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AuthService } from "@rat/contracts/auth";
import { bareFastify, portOfUrl, type MinimalRequest } from "../support/fastify.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

const { pluginPort } = readSpecification({ pluginPort: 0 });
const baseUrl = `http://127.0.0.1:${pluginPort}`;
const client = createClient(AuthService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
const callers = new WeakMap<MinimalRequest, object>();
const app = bareFastify();
app.addHook("onRequest", async (request) => {
  const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
  const { userId, email, roles } = await client.authenticate({ token }, { timeoutMs: 10_000 });
  callers.set(request, { user_id: userId, email, roles });
});
app.get("/me", (request) => callers.get(request));
tellReady(portOfUrl(await app.listen({ host: "127.0.0.1", port: 0 })));
