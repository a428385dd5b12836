import type { FastifyRequest } from "fastify";
import { RatError } from "../../errors.ts";
import type { AccessCheck } from "../../slots/enforcement/enforcement.ts";
import type { Layer } from "./layer.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route never serves a caller whom no auth plugin identified. */
    identified?: boolean;
    /** The operation that the enforcement slot must allow before the handler runs. */
    access?: (request: FastifyRequest) => AccessCheck | Promise<AccessCheck>;
  }
}

/** Layer 11: what the route demands of the caller, then the enforcement slot. */
export const authorizeLayer: Layer = {
  number: 11,
  name: "authorize",
  install(app) {
    // After validation, since the object of the operation stands in the body or the query.
    app.addHook("preHandler", async (request) => {
      const { identified, access } = request.routeOptions.config;
      if (identified === true) demandIdentity(request);
      if (access !== undefined) await demandAccess(request, await access(request));
    });
  },
};

/** Asks the enforcement slot. @throws RatError permission_denied */
export async function demandAccess({ rat }: FastifyRequest, check: AccessCheck): Promise<void> {
  const { allowed, reason } = await rat.slots.use("enforcement").canAccess(rat.caller, check, rat);
  if (!allowed) throw denied(rat.caller.userId, check, reason);
}

function demandIdentity({ rat }: FastifyRequest): void {
  if (rat.authMode === "noop-fallback") {
    throw new RatError("auth_fallback", "The auth plugin does not serve, so nobody is identified.", {
      retryAfterSeconds: 1,
    });
  }
  if (rat.authMode === "builtin") {
    throw new RatError("identity_required", "No auth plugin is configured, so every caller is anonymous.");
  }
}

function denied(userId: string, { action, resourceType, resourceId }: AccessCheck, reason: string): RatError {
  const because = reason === "" ? "" : `: ${reason}`;
  return new RatError(
    "permission_denied",
    `${userId} may not ${action} ${resourceType} "${resourceId}"${because}`,
  );
}
