import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { Type, type Static } from "typebox";
import { didYouMean } from "../config/problem.ts";
import { firstViolations, RatError, type Violation } from "../errors.ts";
import type { PipelineKind, VersionContent } from "./pipeline.ts";
import { textProblem } from "./text-problem.ts";
import { timeZoneProblem } from "./time-zone.ts";

const closed = { additionalProperties: false };
const megabytes = (least: number) => Type.Integer({ minimum: least, maximum: 16_777_216 });

const commandSpec = Type.Object(
  {
    argv: Type.Array(Type.String(), { minItems: 1, maxItems: 256 }),
    env: Type.Optional(Type.Record(Type.String(), Type.String())),
    image: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$" })),
    network: Type.Optional(Type.Enum(["none", "bridge"])),
    mount_workspace: Type.Optional(Type.Boolean()),
    limits: Type.Optional(
      Type.Object(
        {
          memory_mb: Type.Optional(megabytes(16)),
          cpus: Type.Optional(Type.Number({ minimum: 0.01, maximum: 1024 })),
          pids: Type.Optional(Type.Integer({ minimum: 4, maximum: 4_194_304 })),
          disk_mb: Type.Optional(megabytes(1)),
        },
        closed,
      ),
    ),
  },
  closed,
);

const sqlSpec = Type.Object(
  {
    sql: Type.String({ minLength: 1 }),
    sources: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,62}$" }),
            url: Type.String({ pattern: "^https?://", maxLength: 2048 }),
            format: Type.Enum(["csv", "json", "parquet"]),
            encoding: Type.Optional(Type.Enum(["utf-8", "utf-16", "latin-1"])),
          },
          closed,
        ),
        { maxItems: 32 },
      ),
    ),
    preview_rows: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
    time_zone: Type.Optional(Type.String()),
    limits: Type.Optional(
      Type.Object(
        {
          memory_mb: Type.Optional(megabytes(16)),
          threads: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
        },
        closed,
      ),
    ),
  },
  closed,
);

/** Bytes: what Linux hands to a program, and what a query may have. */
const MAX_ARGUMENT_BYTES = 131_072;
const MAX_SQL_BYTES = 262_144;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

type Violations = ReturnType<typeof firstViolations>;

const asTheyAre = (violations: readonly Violation[]): Violations =>
  firstViolations(violations, (violation) => violation);

/** How a kind of pipeline checks its spec: its shape, then what a schema cannot say. */
interface Kind {
  check(spec: unknown, content: VersionContent): Violations;
}

const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true });

function kind<Spec>(
  isSpec: ValidateFunction<Spec>,
  further: (spec: Spec, content: VersionContent) => readonly Violation[],
): Kind {
  return {
    check: (spec, content) =>
      isSpec(spec)
        ? asTheyAre(further(spec, content))
        : firstViolations(isSpec.errors ?? [], fromSchemaError),
  };
}

const KINDS: Readonly<Record<PipelineKind, Kind>> = {
  command: kind(ajv.compile<Static<typeof commandSpec>>(commandSpec), (spec, { isolation }) => [
    ...(spec.argv[0] === "" ? [violation("/argv/0", "must name a program")] : []),
    ...tooLarge("/argv", spec.argv, MAX_ARGUMENT_BYTES),
    ...Object.keys(spec.env ?? {}).flatMap(envNameProblem),
    ...tooLarge("/env", Object.entries(spec.env ?? {}).flat(), MAX_ARGUMENT_BYTES),
    ...(["image", "network"] as const)
      .filter((key) => spec[key] !== undefined && isolation !== "container")
      .map((key) => violation(`/${key}`, "goes only with isolation container")),
  ]),
  sql: kind(ajv.compile<Static<typeof sqlSpec>>(sqlSpec), (spec) => [
    ...tooLarge("/sql", [spec.sql], MAX_SQL_BYTES),
    ...[timeZoneProblem(spec.time_zone ?? "UTC")].flatMap((problem) =>
      problem === undefined ? [] : [violation("/time_zone", problem)],
    ),
    ...(spec.sources ?? []).flatMap(({ name, url, format, encoding }, at, all) => [
      ...(encoding === undefined || format === "csv"
        ? []
        : [violation(`/sources/${at}/encoding`, "goes only with format csv")]),
      ...(URL.canParse(url) ? [] : [violation(`/sources/${at}/url`, "is no URL")]),
      ...(all.findIndex((other) => other.name === name) === at
        ? []
        : [violation(`/sources/${at}/name`, `is taken by an earlier source: ${name}`)]),
    ]),
  ]),
};

/**
 * Checks the spec of a version against its kind.
 *
 * @throws RatError validation_failed that names every field and the reason
 */
export function checkSpec(content: VersionContent): void {
  const texts = textProblems("", content.spec);
  const found = texts.length > 0 ? asTheyAre(texts) : KINDS[content.kind].check(content.spec, content);
  const violations = found.violations.map(({ pointer, message }) => violation(`/spec${pointer}`, message));
  const [first] = violations;
  if (first === undefined) return;
  const { violationCount } = found;
  throw new RatError("validation_failed", `The spec is wrong: ${first.pointer} ${first.message}.`, {
    violations,
    violationCount,
  });
}

function violation(pointer: string, message: string): Violation {
  return { pointer, message };
}

/** A key as a part of a JSON pointer. */
function escape(key: string): string {
  return key.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1");
}

function fromSchemaError({ keyword, instancePath, params, message, parentSchema }: ErrorObject): Violation {
  const at = instancePath.slice(0, 400);
  if (keyword === "additionalProperties") {
    const key = String(params["additionalProperty"]);
    const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {});
    return violation(
      `${at}/${escape(key)}`,
      `is no known key; known: ${known.join(", ")}${didYouMean(key.slice(0, 64), known)}`,
    );
  }
  if (keyword === "required") return violation(`${at}/${String(params["missingProperty"])}`, "is required");
  if (keyword === "enum")
    return violation(at, `must be one of ${(params["allowedValues"] as unknown[]).join(", ")}`);
  return violation(at, message ?? "is wrong");
}

function envNameProblem(name: string): readonly Violation[] {
  const pointer = `/env/${escape(name)}`;
  if (!ENV_NAME.test(name) || name.length > 255)
    return [violation(pointer, `must have a name like ${ENV_NAME.source}`)];
  return name.startsWith("RAT_")
    ? [violation(pointer, "must not begin with RAT_: such names are RAT's own")]
    : [];
}

function tooLarge(pointer: string, texts: readonly string[], limit: number): readonly Violation[] {
  // A program gets each text with a zero byte behind it.
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  return bytes > limit ? [violation(pointer, `has ${bytes} bytes; at most ${limit} are allowed`)] : [];
}

/** Texts anywhere in a value that no kind takes. */
function textProblems(pointer: string, value: unknown): readonly Violation[] {
  if (typeof value === "string") {
    const problem = textProblem(value);
    return problem === undefined ? [] : [violation(pointer, problem)];
  }
  if (typeof value !== "object" || value === null) return [];
  if (pointer.length > 1000) return [violation(pointer.slice(0, 100), "is nested too deeply")];
  return Object.entries(value).flatMap(([key, inner]) => {
    const problem = textProblem(key);
    const at = `${pointer}/${escape(key)}`;
    return problem === undefined
      ? textProblems(at, inner)
      : [violation(pointer, `has a key that ${problem}`)];
  });
}
