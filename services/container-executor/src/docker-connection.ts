import { Agent } from "node:http";
import Docker from "dockerode";

/** Opens the way to an engine: `unix:///path` or `tcp://host:port`; undefined means `DOCKER_HOST` or the default. */
export function connectToDocker(address: string | undefined): Docker {
  // No sockets are kept: one that an engine closed in its restart would fail the next call.
  const agent = new Agent({ keepAlive: false });
  const { DOCKER_HOST: host = "", DOCKER_TLS_VERIFY: verify } = process.env;
  const secure = address === undefined && (verify === "1" || host.endsWith(":2376"));
  const options = { ...hostOf(address), ...(secure ? {} : { agent }) };
  return new Docker(options);
}

function hostOf(address: string | undefined): Docker.DockerOptions {
  if (address === undefined) return {};
  // The empty host outweighs one that DOCKER_HOST names.
  if (address.startsWith("unix://")) return { socketPath: address.slice("unix://".length), host: "" };
  const { hostname, port } = new URL(address);
  return { host: hostname, port: port === "" ? 2375 : Number(port), protocol: "http" };
}
