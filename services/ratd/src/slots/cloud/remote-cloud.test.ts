import { Code, ConnectError, createRouterTransport, type ConnectRouter } from "@connectrpc/connect";
import { CloudService } from "@rat/contracts/cloud";
import { EnforcementService } from "@rat/contracts/enforcement";
import { describe, expect, it } from "vitest";
import { remoteCloud } from "./remote-cloud.ts";

const NOW = 1_700_000_000_000;
const SECONDS = BigInt(NOW / 1000);
const who = { userId: "alice", email: "", roles: [] };
const context = { requestId: "r", traceparent: "", signal: new AbortController().signal };

function ask(routes: (router: ConnectRouter) => void) {
  const transport = createRouterTransport(routes);
  const port = remoteCloud({ name: "cloud-aws", slot: "cloud", transport }, () => NOW);
  return port.getCredentials("aws", "arn:aws:s3:::b", who, context);
}
const answering = (credentials: Record<string, string>, expiresAt: bigint) => (router: ConnectRouter) =>
  void router.service(CloudService, { getCredentials: () => ({ credentials, expiresAt }) });

describe("remoteCloud", () => {
  it("hands on credentials that are good", async () => {
    expect(await ask(answering({ KEY: "k" }, SECONDS + 60n))).toEqual({
      values: { KEY: "k" },
      expiresAt: new Date(NOW + 60_000),
    });
  });

  it.each([
    ["none", {}, SECONDS + 60n],
    ["expired ones", { KEY: "k" }, SECONDS],
    ["ones without an expiry", { KEY: "k" }, 0n],
    ["ones that expire beyond all dates", { KEY: "k" }, 2n ** 62n],
  ])("takes %s for a broken contract", async (_name, credentials, expiresAt) => {
    await expect(ask(answering(credentials, expiresAt))).rejects.toMatchObject({ code: "plugin_malformed" });
  });

  it("asks EnforcementService of a plugin that follows the original contract", async () => {
    const { values } = await ask((router) =>
      router.service(EnforcementService, {
        getCredentials: () => ({ credentials: { A: "1" }, expiresAt: SECONDS + 9n }),
      }),
    );
    expect(values).toEqual({ A: "1" });
  });

  it("says so when neither service knows the provider", async () => {
    await expect(ask(() => undefined)).rejects.toMatchObject({ code: "provider_not_supported" });
  });

  it("tells a refusal from a failure", async () => {
    const throwing = (code: Code) => (router: ConnectRouter) =>
      void router.service(CloudService, {
        getCredentials: () => {
          throw new ConnectError("no", code);
        },
      });
    await expect(ask(throwing(Code.PermissionDenied))).rejects.toMatchObject({ code: "permission_denied" });
    await expect(ask(throwing(Code.Internal))).rejects.toMatchObject({ code: "plugin_error" });
  });
});
