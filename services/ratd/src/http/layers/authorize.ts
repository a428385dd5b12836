import type { FastifyRequest } from "fastify";
import { isIdentified } from "../../access/principal.ts";
import type { Question } from "../../access/question.ts";
import { holds, isOperatorScope, type Scope } from "../../scopes.ts";
import { RatError } from "../../errors.ts";
import type { Decision } from "../../slots/auth/auth.ts";
import type { HttpServices } from "../deps.ts";
import type { DemandedAccess, RouteAccess } from "../kit/route-access.ts";
import { auditFacts } from "./audit.ts";
import type { Layer } from "./layer.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the principal must hold. Every route has one that is neither open nor verifies by itself. */
    scope?: Scope;
    /** The route never serves a caller whom nobody identified, nor anybody while the auth slot is in fallback. */
    identified?: boolean;
    /** The operations that the enforcement slot must allow before the handler runs; the first is what the request is about. */
    access?: (request: FastifyRequest, services: HttpServices) => DemandedAccess | Promise<DemandedAccess>;
    /** The route does nothing without a plugin in this slot, and says so before anything else is asked. */
    needsPlugin?: PluginSlot;
    /** The name of a critical action, which does not happen without its audit record. */
    critical?: string;
  }
}

/** What there is not without a plugin in a slot, with its verb. */
const LACKING = { sharing: "Sharing is", cloud: "Cloud credentials are" } as const;
/** A slot whose built-in can do nothing. */
type PluginSlot = keyof typeof LACKING;

/** Layer 11: the scope of the route, what it demands of the caller, then the enforcement slot about the object. */
export const authorizeLayer: Layer = {
  number: 11,
  name: "authorize",
  install(app, services) {
    app.addHook("onRoute", ({ config, method, url }) => {
      const { scope, open, ownVerification } = config ?? {};
      if (scope === undefined && open !== true && ownVerification !== true) {
        throw new TypeError(`the route ${String(method)} ${url} names no scope`);
      }
    });
    // Before the body is read: it concerns the route alone.
    app.addHook("onRequest", (request, _reply, done) => {
      const { scope, needsPlugin } = request.routeOptions.config;
      if (scope === undefined || request.is404) return done();
      done(missingScope(request, scope) ?? (needsPlugin && missingPlugin(request, needsPlugin)));
    });
    // After validation, since the object of the operation stands in the body or the query.
    app.addHook("preHandler", (request, _reply, done) => {
      const { identified, access } = request.routeOptions.config;
      const allowed = () => done();
      try {
        if (identified === true) demandIdentity(request);
        if (access === undefined) return done();
        const asked = access(request, services);
        const decided =
          asked instanceof Promise
            ? asked.then((all) => demandAll(services, request, [all].flat()))
            : demandAll(services, request, [asked].flat());
        // Without a turn of the event loop when the decision is known already.
        if (decided === undefined) return done();
        decided.then(allowed, done);
      } catch (reason) {
        done(reason as Error);
      }
    });
    // Last of all: what was refused before did not begin.
    app.addHook("preHandler", (request, _reply, done) => {
      const { critical } = request.routeOptions.config;
      if (critical === undefined) return done();
      const entry = { ...auditFacts(request), action: critical, result: "begun" } as const;
      const recorded = () => done();
      services.audit.demand(entry).then(recorded, done);
    });
  },
};

/** Asks about one after the other; undefined when all are known to be allowed. */
function demandAll(
  services: Pick<HttpServices, "access">,
  request: FastifyRequest,
  [first, ...others]: readonly RouteAccess[],
): Promise<void> | undefined {
  if (first === undefined) return undefined;
  const decided = demandAccess(services, request, first);
  if (decided === undefined) return demandAll(services, request, others);
  return decided.then(() => demandAll(services, request, others));
}

/**
 * Asks the enforcement slot; undefined when it is known to allow this.
 *
 * @throws RatError not_found for a thing that the caller may not even read, permission_denied for one that they may
 */
function demandAccess(
  services: Pick<HttpServices, "access">,
  request: FastifyRequest,
  access: RouteAccess,
): Promise<void> | undefined {
  request.rat.question ??= access;
  const decision = decide(services, request, access);
  if (decision instanceof Promise) {
    return decision.then((one) => (one.allowed ? undefined : refuse(services, request, access, one)));
  }
  return decision.allowed ? undefined : refuse(services, request, access, decision);
}

/** Whether the caller may do this. */
function decide(
  { access }: Pick<HttpServices, "access">,
  { rat }: FastifyRequest,
  question: Question,
): Decision | Promise<Decision> {
  return access.access.decide(rat.principal.identity, question, rat.slots, rat);
}

async function refuse(
  services: Pick<HttpServices, "access">,
  request: FastifyRequest,
  access: RouteAccess,
  { reason }: Decision,
): Promise<never> {
  // Told to the audit layer: the caller is told something else.
  request.rat.refusal = { question: access, reason };
  if (access.hides !== false && !(await maySee(services, request, access))) {
    throw new RatError("not_found", access.missing);
  }
  const { action, resourceType, resourceId } = access;
  const because = reason === "" ? "" : `: ${reason}`;
  const detail = `${request.rat.principal.identity.userId} may not ${action} ${resourceType} "${resourceId}"${because}`;
  throw new RatError("permission_denied", detail);
}

async function maySee(
  services: Pick<HttpServices, "access">,
  request: FastifyRequest,
  access: RouteAccess,
): Promise<boolean> {
  if (access.visibleBy === undefined && access.action === "read") return false;
  const { allowed } = await decide(services, request, access.visibleBy ?? { ...access, action: "read" });
  return allowed;
}

function missingScope({ rat }: FastifyRequest, scope: Scope): RatError | undefined {
  if (holds(rat.principal.scopes, scope)) return undefined;
  if (isOperatorScope(scope) && !isIdentified(rat.principal)) {
    return new RatError("unauthenticated", `This needs an API key with the scope ${scope}.`);
  }
  return new RatError(
    "scope_missing",
    `This needs the scope ${scope}, which ${rat.principal.identity.userId} does not hold here.`,
  );
}

function missingPlugin({ rat }: FastifyRequest, slot: PluginSlot): RatError | undefined {
  if (rat.slots.statuses[slot].servedBy !== "builtin") return undefined;
  return new RatError("not_available", `${LACKING[slot]} not available: no ${slot} plugin serves.`);
}

/** @throws RatError auth_fallback while the auth plugin is away; identity_required */
export function demandIdentity({ rat }: FastifyRequest): void {
  const { state, servedBy } = rat.slots.statuses.auth;
  if (state !== "builtin" && servedBy !== "plugin") {
    throw new RatError("auth_fallback", "The auth plugin does not serve, so nobody is identified by it.", {
      retryAfterSeconds: 1,
    });
  }
  if (!isIdentified(rat.principal)) {
    throw new RatError("identity_required", "No auth plugin is configured, so every caller is anonymous.");
  }
}
