import { createRouterTransport, type ConnectRouter } from "@connectrpc/connect";
import { CloudService } from "@rat/contracts/cloud";
import { EnforcementService } from "@rat/contracts/enforcement";
import { describe, expect, it } from "vitest";
import type { CredentialsRequest } from "./cloud.ts";
import { remoteCloud } from "./remote-cloud.ts";

const NOW = 1_700_000_000_000;
const SECONDS = BigInt(NOW / 1000);
const context = { requestId: "r", traceparent: "", signal: new AbortController().signal };

const RESOURCE = "arn:aws:s3:::lake/team/*";
/** What a plugin may be asked that knows no scopes. */
const WHOLE: CredentialsRequest = {
  provider: "aws",
  resource: RESOURCE,
  userId: "alice",
  scopes: [{ resource: RESOURCE, access: "write" }],
  notAfter: new Date(NOW + 60_000),
  namespace: "team",
  runId: "",
};

function ask(routes: (router: ConnectRouter) => void, asked: Partial<CredentialsRequest> = {}) {
  const transport = createRouterTransport((router) => {
    // As a plugin answers what it does not serve; what no router knows is no answer at all.
    router.service(CloudService, {}).service(EnforcementService, {});
    routes(router);
  });
  const port = remoteCloud({ name: "cloud-aws", slot: "cloud", transport }, () => NOW);
  return port.getCredentials({ ...WHOLE, ...asked }, context);
}
const answering = (credentials: Record<string, string>, expiresAt: bigint) => (router: ConnectRouter) =>
  void router.service(CloudService, { getCredentials: () => ({ credentials, expiresAt }) });

describe("remoteCloud", () => {
  it("allows the clock of a plugin to be a minute ahead", async () => {
    expect((await ask(answering({ KEY: "k" }, SECONDS + 60n + 60n))).values).toEqual({ KEY: "k" });
  });

  it("asks EnforcementService of a plugin that follows the original contract", async () => {
    const { values } = await ask((router) =>
      router.service(EnforcementService, {
        getCredentials: () => ({ credentials: { A: "1" }, expiresAt: SECONDS + 9n }),
      }),
    );
    expect(values).toEqual({ A: "1" });
  });

  it("throws away credentials that a plugin did not cut to what was asked", async () => {
    const read = { scopes: [{ resource: RESOURCE, access: "read" as const }] };
    const uncut = answering({ KEY: "k" }, SECONDS + 60n);
    await expect(ask(uncut, read)).rejects.toMatchObject({ code: "provider_not_supported" });
    const cut = (router: ConnectRouter) =>
      void router.service(CloudService, {
        getCredentials: () => ({ credentials: { KEY: "k" }, expiresAt: SECONDS + 60n, scopesApplied: true }),
      });
    expect((await ask(cut, read)).values).toEqual({ KEY: "k" });
  });

  it("never asks the original contract for a part of what it would give", async () => {
    let asked = 0;
    const original = (router: ConnectRouter) =>
      void router.service(EnforcementService, {
        getCredentials: () => {
          asked++;
          return { credentials: { A: "1" }, expiresAt: SECONDS + 9n };
        },
      });
    const read = { scopes: [{ resource: RESOURCE, access: "read" as const }] };
    await expect(ask(original, read)).rejects.toMatchObject({ code: "provider_not_supported" });
    expect(asked).toBe(0);
  });

  it("says so when neither service knows the provider", async () => {
    await expect(ask(() => undefined)).rejects.toMatchObject({ code: "provider_not_supported" });
  });
});
