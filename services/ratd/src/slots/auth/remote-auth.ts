import { Code, createClient } from "@connectrpc/connect";
import { AuthService } from "@rat/contracts/auth";
import { RatError } from "../../errors.ts";
import { classifyFailure, printable } from "../../platform/connection/failure.ts";
import { callOptions, isUnimplemented, malformed, notAsked, remoteError } from "../remote-call.ts";
import type { RemotePlugin } from "../slot.ts";
import type { AuthPort } from "./auth.ts";

/** Longest token that is handed to a plugin, in bytes. */
const MAX_TOKEN_BYTES = 16 * 1024;
/** Visible ASCII. */
const TOKEN = /^[\x21-\x7e]+$/;
/** Most roles that an identity keeps, and the longest name of one. */
const MAX_ROLES = 1000;
const MAX_TEXT_CHARS = 512;

/** The auth slot served by a plugin. `now` is the wall clock, milliseconds since 1970. */
export function remoteAuth(plugin: RemotePlugin, now: () => number = Date.now): AuthPort {
  const client = createClient(AuthService, plugin.transport);
  return {
    async authenticate(token, context) {
      if (token === "") throw rejected("The request carries no bearer token.");
      const bytes = Buffer.byteLength(token);
      if (bytes > MAX_TOKEN_BYTES)
        throw rejected(`The bearer token is ${bytes} bytes long; the limit is ${MAX_TOKEN_BYTES}.`);
      if (!TOKEN.test(token)) throw rejected("The bearer token has a form that no token has.");
      try {
        const { userId, email, roles, expiresAt, maxAgeMs } = await client.authenticate(
          { token },
          callOptions(context),
        );
        // An empty body decodes to the zero value, which must never be an identity.
        if (
          userId === "" ||
          userId === "anonymous" ||
          printable(userId) !== userId ||
          userId.length > MAX_TEXT_CHARS
        ) {
          throw rejected(`The auth plugin ${plugin.name} answered without a valid user_id.`);
        }
        if (expiresAt !== 0n && Number(expiresAt) * 1000 <= now()) {
          throw rejected(`The auth plugin ${plugin.name} answered with an identity that has expired.`);
        }
        return {
          userId,
          email: printable(email).slice(0, MAX_TEXT_CHARS),
          roles: roles.slice(0, MAX_ROLES).map((role) => printable(role).slice(0, MAX_TEXT_CHARS)),
          expiresAt: expiresAt === 0n ? undefined : Number(expiresAt) * 1000,
          maxAgeMs: maxAgeMs === undefined ? undefined : Math.max(0, maxAgeMs),
        };
      } catch (reason) {
        if (reason instanceof RatError) throw reason;
        const unavailable = notAsked(plugin, reason);
        if (unavailable !== undefined) throw unavailable;
        const { kind, code } = classifyFailure(reason);
        // The plugin's word on the token has no cause: it may be taken for granted for a moment.
        if (kind === "answer")
          throw rejected(
            `The auth plugin ${plugin.name} rejected the token.`,
            code === Code.Unauthenticated ? undefined : reason,
          );
        throw rejected(`The auth plugin ${plugin.name} could not check the token (${kind}).`, reason);
      }
    },
    async authorize(question, context) {
      try {
        const { allowed, reason } = await client.authorize(
          { ...question, roles: [...question.roles] },
          callOptions(context),
        );
        return { allowed, reason: printable(reason) };
      } catch (reason) {
        throw remoteError(plugin, "Authorize", reason);
      }
    },
    async loginOptions(context) {
      try {
        const { issuer, clientId, scopes, resource } = await client.getLoginOptions({}, callOptions(context));
        if (!URL.canParse(issuer) || clientId === "" || printable(clientId) !== clientId) {
          throw malformed(plugin, "GetLoginOptions", "no valid issuer or client_id");
        }
        return {
          issuer: new URL(issuer).href.replace(/\/$/, ""),
          clientId,
          scopes: scopes.map(printable),
          resource: printable(resource),
        };
      } catch (reason) {
        if (isUnimplemented(reason)) return undefined;
        throw remoteError(plugin, "GetLoginOptions", reason);
      }
    },
  };
}

function rejected(detail: string, cause?: unknown): RatError {
  return new RatError("unauthenticated", detail, { cause });
}
