import { Type } from "typebox";
import { RatError } from "../../errors.ts";
import type { App } from "../deps.ts";
import { bodies, problems, shape } from "../schemas.ts";

/** What the caller may do. */
export function accessRoutes(app: App): void {
  app.post(
    "/api/v1/access/check",
    {
      schema: {
        tags: ["access"],
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
      const enforcement = rat.slots.use("enforcement");
      if (body.checks !== undefined) {
        const checks = body.checks.map(({ action, resource_type, resource_id }) => ({
          action,
          resourceType: resource_type,
          resourceId: resource_id,
        }));
        return { results: [...(await enforcement.canAccessAll(rat.caller, checks, rat))] };
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
      return enforcement.canAccess(rat.caller, { action, resourceType, resourceId }, rat);
    },
  );
}
