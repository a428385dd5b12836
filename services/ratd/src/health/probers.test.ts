import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { PluginService } from "@rat/contracts/plugin";
import { MemoryProber } from "../../../../tests/support/memory-prober.ts";
import {
  proberSuite,
  type ProbedSubject,
  type SubjectState,
} from "../../../../tests/support/suites/prober-suite.ts";
import { systemClock } from "../platform/clock.ts";
import { PluginConnection } from "../platform/connection/plugin-connection.ts";
import { WIRE_LADDER } from "../platform/connection/wire.ts";
import { httpProber } from "./http-prober.ts";
import { processProber } from "./process-prober.ts";
import type { Prober } from "./prober.ts";
import { RpcProber } from "./rpc/rpc-prober.ts";
import { tcpProber } from "./tcp-prober.ts";

const TIMEOUT_MS = 300;

/** A server that is well, hangs with every request, or is gone from its port. */
class Peer {
  readonly #handler: Parameters<typeof createServer>[1];
  #server: Server | undefined;
  #hanging = false;
  port = 0;

  constructor(handler: NonNullable<Parameters<typeof createServer>[1]>) {
    this.#handler = handler;
  }

  async become(state: SubjectState): Promise<void> {
    this.#hanging = state === "hanging";
    if (state === "gone") {
      const server = this.#server;
      this.#server = undefined;
      server?.closeAllConnections();
      server?.close();
      if (server !== undefined) await once(server, "close");
    } else if (this.#server === undefined) {
      this.#server = createServer((request, response) => {
        if (!this.#hanging) this.#handler?.(request, response);
      });
      this.#server.listen(this.port, "127.0.0.1");
      await once(this.#server, "listening");
      this.port = (this.#server.address() as AddressInfo).port;
    }
  }
}

/** A subject that is a server with the prober of its port. */
async function served(
  handler: NonNullable<Parameters<typeof createServer>[1]>,
  ask: (port: number) => Prober,
): Promise<ProbedSubject> {
  const peer = new Peer(handler);
  await peer.become("well");
  const prober = ask(peer.port);
  return {
    prober,
    become: (state) => peer.become(state),
    async [Symbol.asyncDispose]() {
      prober[Symbol.dispose]();
      await peer.become("gone");
    },
  };
}

function rpcProber(port: number): Prober {
  const connection = new PluginConnection(
    {
      authority: { host: "127.0.0.1", port },
      tls: undefined,
      ladder: WIRE_LADDER.connect,
      dialTimeoutMs: TIMEOUT_MS,
      rpcTimeoutMs: TIMEOUT_MS,
    },
    {
      clock: systemClock,
      resolver: (host) => Promise.resolve([host]),
      onSignal: (signal) => prober.signal(signal),
      beforeCall: (replica) => prober.beforeCall(replica),
    },
  );
  const prober = new RpcProber({
    connection,
    timeoutMs: TIMEOUT_MS,
    config: undefined,
    onDescription: () => undefined,
  });
  const dispose = prober[Symbol.dispose].bind(prober);
  return Object.assign(prober, {
    [Symbol.dispose]() {
      dispose();
      connection[Symbol.dispose]();
    },
  });
}

const plugin = connectNodeAdapter({
  routes: (router) => router.service(PluginService, { healthCheck: () => ({ status: "healthy" }) }),
});

proberSuite("RPC", { hanging: "failed", notices: true, returns: true }, () => served(plugin, rpcProber));

proberSuite("HTTP", { hanging: "failed", notices: false, returns: true }, () =>
  served(
    (_, response) => response.end("ok"),
    (port) => httpProber(new URL(`http://127.0.0.1:${port}/`), TIMEOUT_MS),
  ),
);

// Who accepts a connection is taken for well, whatever becomes of it.
proberSuite("TCP", { hanging: "answer", notices: false, returns: true }, () =>
  served(
    () => undefined,
    (port) => tcpProber({ host: "127.0.0.1", port }, TIMEOUT_MS),
  ),
);

proberSuite("a process", { hanging: "answer", notices: true, returns: false }, () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const ended = once(child, "exit").then(([code, signal]) => `code ${code}, signal ${signal}`);
  const prober = processProber({ ended });
  return Promise.resolve({
    prober,
    async become(state) {
      if (state === "gone") child.kill("SIGKILL");
      if (state === "hanging") child.kill("SIGSTOP");
      if (state === "gone") await ended;
    },
    async [Symbol.asyncDispose]() {
      prober[Symbol.dispose]();
      child.kill("SIGKILL");
      await ended;
    },
  });
});

proberSuite("memory", { hanging: "failed", notices: true, returns: true }, () => {
  const prober = new MemoryProber();
  return Promise.resolve({
    prober,
    become: (state) => Promise.resolve(prober.become(state)),
    [Symbol.asyncDispose]: () => Promise.resolve(prober[Symbol.dispose]()),
  });
});
