import { connect } from "node:net";
import type { HostPort } from "../platform/host-port.ts";
import { askingProber } from "./asking-prober.ts";
import type { Prober } from "./prober.ts";

/** Asks by opening a connection: whoever accepts it is healthy. */
export function tcpProber({ host, port }: HostPort, timeoutMs: number): Prober {
  return askingProber((signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ host, port, signal });
    socket.once("connect", () => resolve());
    socket.once("error", reject);
    return promise.finally(() => socket.destroy());
  }, timeoutMs);
}
