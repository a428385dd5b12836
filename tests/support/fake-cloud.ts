import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { CloudService } from "@rat/contracts/cloud";
import { PluginService } from "@rat/contracts/plugin";

/** A cloud plugin whose credentials are short-lived and all different. */
export class FakeCloud implements AsyncDisposable {
  /** What it was asked for. */
  readonly asked: { readonly provider: string; readonly resource: string; readonly key: string | null }[] =
    [];
  /** Whether it gives leases. It forgets them at once, as by a restart. */
  leases = false;
  /** Life of its credentials, seconds. */
  life = 3;
  /** The leases that it was to renew. */
  readonly renewals: string[] = [];
  readonly #server: Server;
  port = 0;

  private constructor() {
    this.#server = createServer(
      connectNodeAdapter({
        routes: (router) => {
          router.service(PluginService, { healthCheck: () => ({ status: "healthy" }) });
          router.service(CloudService, {
            getCredentials: ({ provider, resource }, { requestHeader }) => {
              this.asked.push({ provider, resource, key: requestHeader.get("idempotency-key") });
              return {
                credentials: { AWS_SECRET_ACCESS_KEY: `canary-secret-${this.asked.length}` },
                expiresAt: BigInt(Math.floor(Date.now() / 1000) + this.life),
                ...(this.leases ? { leaseId: `fake-${this.asked.length}`, renewable: true } : {}),
              };
            },
            renewCredentials: ({ leaseId }) => {
              this.renewals.push(leaseId);
              throw new ConnectError("no such lease", Code.NotFound);
            },
          });
        },
      }),
    );
  }

  static async start(): Promise<FakeCloud> {
    const cloud = new FakeCloud();
    await new Promise<void>((resolve) => cloud.#server.listen(0, "127.0.0.1", resolve));
    cloud.port = (cloud.#server.address() as AddressInfo).port;
    return cloud;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
