import { Type, type TSchema } from "typebox";
import { LAYERS, NAME_PATTERN } from "../../pipeline-id.ts";
import { HEALTH_STATUSES } from "../../health/health.ts";

/** Text without control characters. */
export const PRINTABLE = "^[^\\u0000-\\u001f\\u007f]*$";

/** A point in time, RFC 3339. */
export const time = (description: string) => Type.String({ format: "date-time", description });

/** A value that may be null. */
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** Text that names a thing: no control characters, bounded. */
export const name = (description: string) =>
  Type.String({ description, minLength: 1, maxLength: 512, pattern: PRINTABLE });

/** Longer text, which the database can keep. */
export const text = (description: string, maxLength: number) =>
  Type.String({ description, maxLength, pattern: "^[^\\u0000]*$" });

/** The name of a namespace or a pipeline. */
export const resourceName = (description: string) => Type.String({ description, pattern: NAME_PATTERN });

/** A JSON object of any shape. */
export const json = (description: string) =>
  Type.Unsafe<Record<string, unknown>>({ type: "object", additionalProperties: true, description });

/** One of the medallion layers. */
export const layer = Type.Enum([...LAYERS]);

/** The health of a plugin. */
export const healthStatus = Type.Enum([...HEALTH_STATUSES]);

/** What a thing is called by callers who ask about it. */
export const resourceType = name("For example pipeline, table, namespace.");

/** The answer of a route that has nothing to tell but that it was done. */
export const nothing = (description: string) => Type.Null({ description });
