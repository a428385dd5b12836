import type { FastifyRequest } from "fastify";
import type { AuditEntry } from "../../audit/audit.ts";
import type { Layer } from "./layer.ts";

const READING = new Set(["GET", "HEAD", "OPTIONS"]);
/** Answers that say no to the caller, whatever was asked. */
const REFUSALS = new Set([401, 403, 429]);

/** What an action is about. */
export interface AuditedObject {
  readonly type: string;
  readonly id: string;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** The object of the action, for the audit record, where no access check names it. */
    audited?: (request: FastifyRequest) => AuditedObject;
    /** The route changes nothing although its method says so: only refusals are recorded. */
    asks?: boolean;
  }
}

/** Layer 10: who changed what, and who was refused what, when the answer is out. */
export const auditLayer: Layer = {
  number: 10,
  name: "audit",
  install(app, { audit }) {
    app.addHook("onResponse", (request, reply, done) => {
      const { url, config } = request.routeOptions;
      const { statusCode: status } = reply;
      const refused = REFUSALS.has(status) || request.rat.refusal !== undefined;
      const silent = READING.has(request.method) || config.asks === true || request.rat.recorded;
      if (url !== undefined && (refused || !silent)) {
        audit.record({
          ...auditFacts(request),
          action: config.critical ?? `${request.method} ${url}`,
          result: refused ? "refused" : status < 400 ? "ok" : "failed",
          status,
        });
      }
      done();
    });
  },
};

/** What every record about a request says. */
export function auditFacts(request: FastifyRequest): Omit<AuditEntry, "action" | "result"> {
  const { rat, id, ip } = request;
  const object = objectOf(request);
  return {
    actor: rat.principal.identity.userId,
    authMode: rat.principal.mode,
    keyId: rat.principal.keyId,
    objectType: object?.type,
    objectId: object?.id,
    requestId: id,
    client: ip,
    ...(rat.refusal === undefined
      ? {}
      : { details: { reason: rat.refusal.reason, asked: rat.refusal.question.action } }),
  };
}

function objectOf(request: FastifyRequest): AuditedObject | undefined {
  const { question } = request.rat;
  if (question !== undefined) return { type: question.resourceType, id: question.resourceId };
  return request.routeOptions.config.audited?.(request);
}
