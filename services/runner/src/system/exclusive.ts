import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/**
 * Claims a name on this machine: nobody else has it until this process ends, however it ends. Undefined when someone
 * has it; on other systems than Linux every claim succeeds.
 */
export async function claim(name: string): Promise<Disposable | undefined> {
  if (process.platform !== "linux") return { [Symbol.dispose]: () => undefined };
  const server: Server = createServer((socket) => socket.destroy());
  try {
    // A socket without a file: nothing stays behind.
    server.listen(`\0rat-runner-${createHash("sha256").update(name).digest("hex").slice(0, 40)}`);
    await once(server, "listening");
  } catch {
    return undefined;
  }
  server.unref();
  return { [Symbol.dispose]: () => void server.close() };
}
