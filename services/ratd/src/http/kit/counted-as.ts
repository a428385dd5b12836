import type { FastifyRequest } from "fastify";

/** Whom a request is counted for: the API key, else the user, else the address of somebody whom nobody knows. */
export function countedAs({ rat: { principal }, ip }: FastifyRequest): string {
  if (principal.keyId !== undefined) return `key ${principal.keyId}`;
  return principal.mode === "plugin" ? `user ${principal.identity.userId}` : `address ${ip}`;
}
