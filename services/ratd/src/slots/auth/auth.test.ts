import { AuthService } from "@rat/contracts/auth";
import { expect, test } from "vitest";
import { MemoryPlugin } from "../../../../../tests/support/memory-plugin.ts";
import { authCases, authSuite } from "../../../../../tests/support/suites/auth-suite.ts";
import { broken, spoilt, type Implementation } from "../../../../../tests/support/suites/port-suite.ts";
import type { AuthPort } from "./auth.ts";
import { ANONYMOUS, noopAuth } from "./noop-auth.ts";
import { remoteAuth } from "./remote-auth.ts";

authSuite("no plugin", {
  create: () => ({ port: noopAuth }),
  well: {
    authenticate: { answer: { userId: "anonymous", email: "", roles: [] } },
    authorize: { answer: { allowed: true, reason: "No auth plugin is configured." } },
    loginOptions: { answer: undefined },
  },
});

const byPlugin: Implementation<AuthPort> = {
  create() {
    const plugin = new MemoryPlugin("auth", (router) =>
      router.service(AuthService, {
        authenticate: () => ({
          userId: "alice",
          email: "alice@example.com",
          roles: ["admin"],
          expiresAt: 4_102_444_800n,
          maxAgeMs: 5000,
        }),
        authorize: () => ({ allowed: true, reason: "by role" }),
        getLoginOptions: () => ({ issuer: "https://id.example.com/", clientId: "rat", scopes: ["openid"] }),
      }),
    );
    return { port: remoteAuth(plugin), plugin };
  },
  well: {
    authenticate: {
      answer: {
        userId: "alice",
        email: "alice@example.com",
        roles: ["admin"],
        expiresAt: Date.UTC(2100, 0, 1),
        maxAgeMs: 5000,
      },
    },
    authorize: { answer: { allowed: true, reason: "by role" } },
    loginOptions: {
      answer: { issuer: "https://id.example.com", clientId: "rat", scopes: ["openid"], resource: "" },
    },
  },
};

authSuite("a plugin", byPlugin);

test("the suite notices a slot that opens when a check fails", async () => {
  const opened = spoilt(byPlugin, (port) => ({
    authenticate: (token, context) => port.authenticate(token, context).catch(() => ANONYMOUS),
  }));
  const found = await broken(authCases(opened));
  expect(found).toContain("authenticate of a plugin that is gone is refused: auth_unavailable");
  expect(found).toContain(
    "authenticate replied to with an identity that has expired is refused: unauthenticated",
  );
  expect(found).toContain("authenticate ends when its caller leaves");
  expect(found).toContain('authenticate never sends a plugin what is no token: ""');
  expect(found.filter((name) => !name.startsWith("authenticate"))).toEqual([]);
});
