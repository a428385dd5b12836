import { AuthService } from "@rat/contracts/auth";
import { expect } from "vitest";
import type { AuthPort } from "../../../services/ratd/src/slots/auth/auth.ts";
import { checkMaxAge, checkText } from "./answer-checks.ts";
import {
  contextOf,
  portCases,
  runCases,
  settle,
  type Implementation,
  type PortCalls,
  type PortCase,
} from "./port-suite.ts";

const { authenticate, authorize, getLoginOptions } = AuthService.method;

/** Whatever is wrong with a token or its check, the caller is not signed in: no error of one request opens the slot. */
const UNAUTHENTICATED = { refused: "unauthenticated" } as const;
/** The plugin could not be asked: the token may be as good as any. */
const UNAVAILABLE = { refused: "auth_unavailable" } as const;

/** A token that a plugin may know, and the question of Authorize about its bearer. */
const TOKEN = "token-of-alice";
const QUESTION = {
  userId: "alice",
  action: "read",
  resourceType: "pipeline",
  resourceId: "orders",
  roles: ["admin"],
} as const;

const AUTH_CALLS: PortCalls<AuthPort> = {
  authenticate: {
    rpc: authenticate,
    ask: (port, context) => port.authenticate(TOKEN, context),
    check({ userId, email, roles, expiresAt, maxAgeMs }) {
      expect(userId).not.toBe("");
      for (const text of [userId, email, ...roles]) checkText(text, 512);
      expect(roles.length).toBeLessThanOrEqual(1000);
      expect(expiresAt ?? Infinity).toBeGreaterThan(Date.now());
      checkMaxAge(maxAgeMs);
    },
    mishaps: {
      empty: UNAUTHENTICATED,
      hanging: UNAVAILABLE,
      failing: UNAUTHENTICATED,
      forbidding: UNAUTHENTICATED,
      full: UNAUTHENTICATED,
      lacking: UNAUTHENTICATED,
      gone: UNAVAILABLE,
      cut: UNAVAILABLE,
      odd: UNAUTHENTICATED,
      left: UNAVAILABLE,
    },
    replies: {
      "the name of callers whom nobody knows": [{ userId: "anonymous" }, UNAUTHENTICATED],
      "a user_id with a line break": [{ userId: "alice\nroot" }, UNAUTHENTICATED],
      "a user_id without end": [{ userId: "x".repeat(513) }, UNAUTHENTICATED],
      "an identity that has expired": [{ userId: "alice", expiresAt: 1n }, UNAUTHENTICATED],
      "an expiry before all time": [{ userId: "alice", expiresAt: -1n }, UNAUTHENTICATED],
      "no more than a user_id": [
        { userId: "alice" },
        { answer: { userId: "alice", email: "", roles: [], expiresAt: undefined, maxAgeMs: undefined } },
      ],
    },
  },
  authorize: {
    rpc: authorize,
    ask: (port, context) => port.authorize(QUESTION, context),
    check: ({ reason }) => checkText(reason),
    mishaps: { empty: { answer: { allowed: false, reason: "" } } },
  },
  loginOptions: {
    rpc: getLoginOptions,
    ask: (port, context) => port.loginOptions(context),
    check(options) {
      if (options === undefined) return;
      expect(URL.canParse(options.issuer)).toBe(true);
      expect(options.clientId).not.toBe("");
      for (const text of [options.issuer, options.clientId, options.resource, ...options.scopes])
        checkText(text);
    },
    mishaps: { empty: { refused: "plugin_malformed" }, lacking: { answer: undefined } },
    replies: {
      "an issuer that is no address": [
        { issuer: "example", clientId: "rat" },
        { refused: "plugin_malformed" },
      ],
      "a client that nobody can write": [
        { issuer: "https://id.example.com", clientId: "\u0000" },
        { refused: "plugin_malformed" },
      ],
      "no client": [{ issuer: "https://id.example.com" }, { refused: "plugin_malformed" }],
    },
  },
};

/** What no plugin is bothered with: nothing, what HTTP cannot carry in a header, and more than 16 KiB. */
const NO_TOKENS = ["", "a b", "a\r\nb", "zo\u00eb", "x".repeat(16 * 1024 + 1)];

/** What every auth slot promises. */
export function authCases(implementation: Implementation<AuthPort>): readonly PortCase[] {
  const { create, well } = implementation;
  const tokens = NO_TOKENS.map((token) => ({
    name: `authenticate never sends a plugin what is no token: ${JSON.stringify(token.slice(0, 9))}`,
    async run() {
      const { port, plugin } = create();
      const expected = plugin === undefined ? well.authenticate : UNAUTHENTICATED;
      const { outcome } = await settle(() => port.authenticate(token, contextOf()));
      expect(outcome).toEqual(expected);
      expect(plugin?.calls ?? []).toEqual([]);
    },
  }));
  const tooLong: PortCase = {
    name: "authenticate says of a token that is too long how long it may be",
    async run() {
      const { port, plugin } = create();
      if (plugin === undefined) return;
      const { error } = await settle(() => port.authenticate("x".repeat(16_385), contextOf()));
      expect(error?.message).toBe("The bearer token is 16385 bytes long; the limit is 16384.");
    },
  };
  return [...portCases(AUTH_CALLS, implementation), ...tokens, tooLong];
}

/** Tests an implementation of the auth slot. */
export function authSuite(name: string, implementation: Implementation<AuthPort>): void {
  runCases(name, "auth", authCases(implementation));
}
