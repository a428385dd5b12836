import { request, type Agent } from "node:http";
import { connect } from "node:net";
import { PluginService } from "@rat/contracts/plugin";

const HEALTH_CHECK = `/${PluginService.typeName}/HealthCheck`;
const HEADERS = { "content-type": "application/proto", "connect-protocol-version": "1" };

/** Opens a TCP connection to a port and closes it: the least that a first check can cost. */
export async function bareConnect(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  socket.once("connect", () => socket.destroy());
  socket.once("error", reject);
  socket.once("close", () => resolve());
  return promise;
}

/** The same health call with node:http alone. */
export function bareHealthCall(port: number, agent: Agent): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const call = request({
    host: "127.0.0.1",
    port,
    agent,
    method: "POST",
    path: HEALTH_CHECK,
    headers: HEADERS,
  });
  call.once("error", reject);
  call.once("response", (response) => {
    response.once("end", () => resolve());
    response.resume();
  });
  call.end();
  return promise;
}

/** The same health call with the fetch of Node.js, which is undici. */
export async function fetchHealthCall(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${HEALTH_CHECK}`, {
    method: "POST",
    headers: HEADERS,
    body: new Uint8Array(),
  });
  await response.arrayBuffer();
}
