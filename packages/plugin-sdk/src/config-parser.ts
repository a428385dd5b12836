import type { ErrorObject } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { TSchema } from "typebox";
import { PluginError } from "./plugin-error.ts";

/** Parses untrusted configurations against one schema. */
export class ConfigParser<C> {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly #validate: (value: unknown) => value is C;
  readonly #errors: () => readonly ErrorObject[];

  constructor(schema: TSchema | undefined) {
    this.schema = strictSchema(schema ?? { type: "object", properties: {} });
    const ajv = new Ajv2020({ allErrors: true, useDefaults: true, strict: false, formats: FORMATS });
    const validate = ajv.compile<C>(this.schema);
    this.#validate = validate;
    this.#errors = () => validate.errors ?? [];
  }

  /** True when the plugin takes any configuration at all. */
  get takesConfig(): boolean {
    const { properties } = this.schema;
    return typeof properties !== "object" || properties === null || Object.keys(properties).length > 0;
  }

  /**
   * Returns the configuration with defaults filled in.
   *
   * @throws PluginError `invalid_argument` that names every faulty field and repeats no value.
   */
  parse(value: unknown): C {
    const candidate: unknown = structuredClone(value);
    if (this.#validate(candidate)) return candidate;
    throw new PluginError("invalid_argument", this.#errors().map(describe).join("; "));
  }
}

const FORMATS = {
  uri: (text: string) => URL.canParse(text),
  email: /^[^@\s]+@[^@\s]+$/,
  "date-time": (text: string) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)),
};

/** A copy of a schema in which an object refuses keys that it does not list, unless it says otherwise. */
function strictSchema(schema: object): Record<string, unknown> {
  const copy: Record<string, unknown> = JSON.parse(JSON.stringify(schema));
  const { properties, items } = copy;
  if (isObject(properties)) {
    // Objects that list properties and stay silent on others are closed: a typo must not pass for a setting.
    if (copy.additionalProperties === undefined && copy.patternProperties === undefined) {
      copy.additionalProperties = false;
    }
    copy.properties = Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [key, isObject(value) ? strictSchema(value) : value]),
    );
  }
  if (isObject(items)) copy.items = strictSchema(items);
  return copy;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One fault in words: `config.tokens[0].user_id: must be string`. Ajv's messages carry no values. */
function describe(error: ErrorObject): string {
  const field = (path: string): string => `config${path}`;
  const path = error.instancePath.replaceAll(/\/(\d+)(?=\/|$)/g, "[$1]").replaceAll("/", ".");
  switch (error.keyword) {
    case "required":
      return `${field(`${path}.${String(error.params.missingProperty)}`)}: is required`;
    case "additionalProperties":
      return `${field(`${path}.${String(error.params.additionalProperty)}`)}: is not a known field`;
    default:
      return `${field(path)}: ${error.message ?? "is not valid"}`;
  }
}
