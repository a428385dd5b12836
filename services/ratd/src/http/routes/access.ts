import { Type } from "typebox";
import type { Question } from "../../access/question.ts";
import { RatError } from "../../errors.ts";
import type { App, HttpDeps } from "../deps.ts";
import { bodies, problems, shape } from "../schemas.ts";
import { explanationView } from "../views/access-views.ts";

/** What the caller may do, and for operators why somebody may do something. */
export function accessRoutes(app: App, { access: { access } }: HttpDeps): void {
  const tags = ["access"];

  app.post(
    "/api/v1/access/check",
    {
      config: { scope: "self", asks: true },
      schema: {
        tags,
        summary: "Ask whether you may do something: one question, or several in `checks`",
        body: bodies.check,
        response: {
          200: Type.Union([shape("Decision"), Type.Object({ results: Type.Array(shape("Decision")) })]),
          ...problems,
        },
      },
      // One of two shapes: cheaper to write as it is than to find out which.
      serializerCompiler: () => (value) => JSON.stringify(value),
    },
    async ({ rat, body }) => {
      if (body.checks !== undefined) {
        const questions = body.checks.map(questionOf);
        const decisions = await access.decideAll(rat.principal.identity, questions, rat.slots, rat);
        return { results: decisions.map(({ allowed, reason }) => ({ allowed, reason })) };
      }
      const { action, resource_type: resourceType, resource_id: resourceId = "" } = body;
      if (action === undefined || resourceType === undefined) {
        const violations = [
          ...(action === undefined ? [{ pointer: "/action", message: "is required without checks" }] : []),
          ...(resourceType === undefined
            ? [{ pointer: "/resource_type", message: "is required without checks" }]
            : []),
        ];
        throw new RatError("validation_failed", "Send action and resource_type, or checks.", { violations });
      }
      const question = { action, resourceType, resourceId };
      const { allowed, reason } = await access.decide(rat.principal.identity, question, rat.slots, rat);
      return { allowed, reason };
    },
  );

  app.post(
    "/api/v1/access/explain",
    {
      config: { scope: "access:read", asks: true },
      schema: {
        tags,
        summary: "Ask whether somebody may do something, and everything that speaks for it",
        body: bodies.explain,
        response: { 200: shape("AccessExplanation"), ...problems },
      },
    },
    async ({ rat, body }) => {
      const who = { userId: body.user_id, email: "", roles: body.roles ?? [] };
      const question = questionOf({ ...body, resource_id: body.resource_id ?? "" });
      const explanation = await access.explain(who, question, rat.slots, rat);
      return explanationView(explanation, rat.slots.statuses.enforcement);
    },
  );
}

function questionOf(body: { action: string; resource_type: string; resource_id: string }): Question {
  return { action: body.action, resourceType: body.resource_type, resourceId: body.resource_id };
}
