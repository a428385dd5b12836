import { once } from "node:events";
import { createServer } from "node:net";

/** A loopback port where nobody listens now. */
export async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** The port of a listening server's address. */
export function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
}
