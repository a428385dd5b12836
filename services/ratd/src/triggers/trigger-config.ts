import { Ajv2020 } from "ajv/dist/2020.js";
import { Type, type Static } from "typebox";
import { didYouMean } from "../config/problem.ts";
import { firstViolations, RatError, type Violation } from "../errors.ts";
import { TRIGGERING_EVENTS } from "../events/triggering-events.ts";
import { parsePipelineId } from "../pipeline-id.ts";
import { timeZoneProblem } from "../pipelines/time-zone.ts";
import { CATCH_UPS, scheduleProblem } from "./schedule.ts";
import { WEBHOOK_CHECKS, type TriggerKind, type TriggerSetting } from "./trigger.ts";

const closed = { additionalProperties: false };
const SCHEMAS = {
  cron: Type.Object(
    {
      schedule: Type.String({ maxLength: 256 }),
      time_zone: Type.String({ maxLength: 64, default: "UTC" }),
      catch_up: Type.Enum([...CATCH_UPS], { default: "last" }),
    },
    closed,
  ),
  webhook: Type.Object({ verify: Type.Enum([...WEBHOOK_CHECKS], { default: "token" }) }, closed),
  upstream: Type.Object({ pipeline: Type.String({ maxLength: 256 }) }, closed),
  event: Type.Object(
    {
      event: Type.String({ maxLength: 128 }),
      object: Type.Optional(Type.String({ maxLength: 256, pattern: "^[^\\u0000-\\u001f]+$" })),
      min_interval_seconds: Type.Integer({ minimum: 1, maximum: 604_800, default: 60 }),
    },
    closed,
  ),
};

const ajv = new Ajv2020({ allErrors: true, strict: false, useDefaults: true });
const CHECKS = {
  cron: ajv.compile<Static<typeof SCHEMAS.cron>>(SCHEMAS.cron),
  webhook: ajv.compile<Static<typeof SCHEMAS.webhook>>(SCHEMAS.webhook),
  upstream: ajv.compile<Static<typeof SCHEMAS.upstream>>(SCHEMAS.upstream),
  event: ajv.compile<Static<typeof SCHEMAS.event>>(SCHEMAS.event),
};

/**
 * Checks the configuration of a trigger and fills in its defaults.
 *
 * @throws RatError validation_failed that names every field and the reason
 */
export function parseTriggerSetting(
  kind: TriggerKind,
  given: Readonly<Record<string, unknown>>,
): TriggerSetting {
  const config: unknown = structuredClone(given);
  switch (kind) {
    case "cron":
      if (!CHECKS.cron(config)) throw invalid(kind);
      refuse([
        { pointer: "/schedule", message: scheduleProblem(config.schedule) },
        { pointer: "/time_zone", message: timeZoneProblem(config.time_zone) },
      ]);
      return { kind, config };
    case "webhook":
      if (!CHECKS.webhook(config)) throw invalid(kind);
      return { kind, config };
    case "upstream":
      if (!CHECKS.upstream(config)) throw invalid(kind);
      refuse([{ pointer: "/pipeline", message: pipelineProblem(config.pipeline) }]);
      return { kind, config };
    case "event":
      if (!CHECKS.event(config)) throw invalid(kind);
      refuse([{ pointer: "/event", message: eventProblem(config.event) }]);
      return { kind, config };
    default:
      return kind satisfies never;
  }
}

function pipelineProblem(id: string): string | undefined {
  return parsePipelineId(id) === undefined ? "must be namespace/layer/name" : undefined;
}

function eventProblem(type: string): string | undefined {
  const known: readonly string[] = TRIGGERING_EVENTS;
  if (known.includes(type)) return undefined;
  return `is no event that can fire; there are ${known.join(", ")}${didYouMean(type, known)}`;
}

function invalid(kind: TriggerKind): RatError {
  const known = Object.keys(SCHEMAS[kind].properties);
  return wrong(CHECKS[kind].errors ?? [], ({ keyword, instancePath, params, message = "is wrong" }) => {
    if (keyword === "required") return { pointer: `/${params["missingProperty"]}`, message: "is required" };
    if (keyword !== "additionalProperties") return { pointer: instancePath, message };
    const key = String(params["additionalProperty"]).slice(0, 64);
    return {
      pointer: `/${key}`,
      message: `is no known key; known: ${known.join(", ")}${didYouMean(key, known)}`,
    };
  });
}

function refuse(checks: readonly { readonly pointer: string; readonly message: string | undefined }[]): void {
  const violations = checks.flatMap(({ pointer, message }) =>
    message === undefined ? [] : [{ pointer, message }],
  );
  if (violations.length > 0) throw wrong(violations, (violation) => violation);
}

function wrong<Problem>(problems: readonly Problem[], explain: (problem: Problem) => Violation): RatError {
  const facts = firstViolations(problems, (problem) => {
    const { pointer, message } = explain(problem);
    return { pointer: `/config${pointer}`, message };
  });
  const [first] = facts.violations;
  const detail = `The trigger is wrong: ${first?.pointer ?? "/config"} ${first?.message ?? "is wrong"}.`;
  return new RatError("validation_failed", detail, facts);
}
