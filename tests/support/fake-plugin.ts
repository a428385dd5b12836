import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { AuthService } from "@rat/contracts/auth";
import { CloudService } from "@rat/contracts/cloud";
import { RunStatus } from "@rat/contracts/common";
import { EnforcementService } from "@rat/contracts/enforcement";
import { ExecutorService } from "@rat/contracts/executor";
import { PluginService } from "@rat/contracts/plugin";
import { Permission, SharingService } from "@rat/contracts/sharing";

/** How the slot's own RPCs answer. */
export type Behaviour = "ok" | "slow" | "held" | "erroring" | "malformed";

/** A plugin for all five slots whose health and behaviour the test decides. */
export class FakePlugin implements AsyncDisposable {
  health = { status: "healthy", message: "" };
  behaviour: Behaviour = "ok";
  /** Whom the auth slot takes the bearer of a token for. */
  userOf = (token: string): string => `user-${token}`;
  /** What the cloud slot gives out. */
  credentials: Record<string, string> = { KEY: "secret" };
  /** Resources that nobody may use. */
  readonly denied = new Set<string>();
  /** Calls by method name since the start. */
  readonly calls = new Map<string, number>();
  /** Headers of the last call of each method. */
  readonly headers = new Map<string, Headers>();
  readonly #host: string;
  #server: Server | undefined;
  #port: number;
  #held: (() => void)[] = [];

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** Starts one that listens, on a free port unless one is given. */
  static async start(host = "127.0.0.1", port = 0): Promise<FakePlugin> {
    const plugin = new FakePlugin(host, port);
    await plugin.up();
    return plugin;
  }

  /** Its address; the port stays the same while it goes down and up. */
  get address(): string {
    return `${this.#host}:${this.#port}`;
  }

  async up(): Promise<void> {
    const server = createServer(
      { keepAliveTimeout: 60_000 },
      connectNodeAdapter({ routes: (router) => this.#routes(router) }),
    );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, this.#host, () => resolve());
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Goes down as a killed process does: the port closes and every connection is cut. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.release();
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }

  /** Lets the calls that are held go on. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  #routes(router: ConnectRouter): void {
    const answer = async <T extends object>(
      method: string,
      headers: Headers,
      good: T,
    ): Promise<T | Record<string, never>> => {
      this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
      this.headers.set(method, headers);
      switch (this.behaviour) {
        case "ok":
          return good;
        case "malformed":
          return {};
        case "erroring":
          throw new ConnectError("the plugin is broken", Code.Internal);
        case "slow":
        case "held":
          // Until it is released or goes down: longer than any limit.
          await new Promise<void>((go) => this.#held.push(go));
          return good;
      }
    };
    const inAnHour = () => BigInt(Math.floor(Date.now() / 1000) + 3600);
    router.service(PluginService, { healthCheck: () => this.health });
    router.service(AuthService, {
      authenticate: ({ token }, { requestHeader }) => {
        if (token === "bad") throw new ConnectError("unknown token", Code.Unauthenticated);
        return answer("Authenticate", requestHeader, {
          userId: this.userOf(token),
          email: "u@example.com",
          roles: ["admin"],
        });
      },
      authorize: (_request, { requestHeader }) => answer("Authorize", requestHeader, { allowed: true }),
    });
    router.service(EnforcementService, {
      canAccess: ({ action, resourceId, ancestors }, { requestHeader }) =>
        answer("CanAccess", requestHeader, {
          allowed:
            action !== "destroy" &&
            ![resourceId, ...ancestors.map((one) => one.resourceId)].some((id) => this.denied.has(id)),
          reason: "fake",
        }),
    });
    router.service(SharingService, {
      shareResource: (request, { requestHeader }) =>
        answer("ShareResource", requestHeader, {
          grant: {
            grantId: "g1",
            granteeId: request.granteeId,
            resourceType: request.resourceType,
            resourceId: request.resourceId,
            permission: request.permission,
            grantedBy: request.grantorId,
            grantedAt: timestampFromDate(new Date(0)),
          },
        }),
      listAccess: (_request, { requestHeader }) =>
        answer("ListAccess", requestHeader, {
          grants: [{ grantId: "g1", granteeId: "bob", permission: Permission.READ }],
        }),
      revokeAccess: ({ grantId }, { requestHeader }) =>
        answer("RevokeAccess", requestHeader, { revoked: grantId === "g1" }),
      transferOwnership: (_request, { requestHeader }) =>
        answer("TransferOwnership", requestHeader, { transferred: true }),
    });
    router.service(CloudService, {
      getCredentials: ({ provider }, { requestHeader }) => {
        if (provider === "azure") throw new ConnectError("no azure", Code.Unimplemented);
        return answer("GetCredentials", requestHeader, {
          credentials: this.credentials,
          expiresAt: inAnHour(),
        });
      },
    });
    router.service(ExecutorService, {
      submit: ({ runId }, { requestHeader }) =>
        answer("Submit", requestHeader, { runId, status: RunStatus.RUNNING }),
      cancel: (_request, { requestHeader }) => answer("Cancel", requestHeader, { cancelled: true }),
    });
  }
}

/** A loopback address where nobody listens. */
export async function unusedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
