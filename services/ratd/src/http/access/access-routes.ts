import { Type } from "typebox";
import type { Question } from "../../access/question.ts";
import { RatError } from "../../errors.ts";
import { route, type Route } from "../kit/route.ts";
import { problems, shape } from "../schemas.ts";
import { accessBodies as bodies } from "./access-shapes.ts";
import { explanationView } from "./access-views.ts";

const tags = ["access"];

/** What the caller may do, and for operators why somebody may do something. */
export const accessRoutes: readonly Route[] = [
  route({
    method: "POST",
    url: "/api/v1/access/check",
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
    writesPlainly: true,
    async handle({ access: { access } }, { rat, body }) {
      const { identity } = rat.principal;
      const questions = body.checks?.map(questionOf) ?? [oneQuestionOf(body)];
      const decisions = await access.check(identity, questions, rat.slots, rat);
      const results = decisions.map(({ allowed, reason }) => ({ allowed, reason }));
      return body.checks === undefined ? (results[0] ?? { allowed: false, reason: "" }) : { results };
    },
  }),
  route({
    method: "POST",
    url: "/api/v1/access/explain",
    config: { scope: "access:read", asks: true },
    schema: {
      tags,
      summary: "Ask whether somebody may do something, and everything that speaks for it",
      body: bodies.explain,
      response: { 200: shape("AccessExplanation"), ...problems },
    },
    async handle({ access: { access } }, { rat, body }) {
      const who = { userId: body.user_id, email: "", roles: body.roles ?? [] };
      const explanation = await access.explain(who, questionOf(body), rat.slots, rat);
      return explanationView(explanation, rat.slots.statuses.enforcement);
    },
  }),
];

/** A question as a body asks it. */
interface AskedQuestion {
  readonly action: string;
  readonly resource_type: string;
  readonly resource_id?: string;
}

function questionOf({ action, resource_type, resource_id = "" }: AskedQuestion): Question {
  return { action, resourceType: resource_type, resourceId: resource_id };
}

function oneQuestionOf({ action, resource_type, resource_id = "" }: Partial<AskedQuestion>): Question {
  if (action !== undefined && resource_type !== undefined) {
    return questionOf({ action, resource_type, resource_id });
  }
  const violations = [
    ...(action === undefined ? [{ pointer: "/action", message: "is required without checks" }] : []),
    ...(resource_type === undefined
      ? [{ pointer: "/resource_type", message: "is required without checks" }]
      : []),
  ];
  throw new RatError("validation_failed", "Send action and resource_type, or checks.", { violations });
}
