import validators from "@fastify/ajv-compiler";
import type { DataValidationCxt } from "ajv/dist/types/index.js";

type BuildValidator = ReturnType<typeof validators>;
type Check = ReturnType<ReturnType<BuildValidator>>;

/** Compiles what checks a part of a request when such a request first comes: a start does not wait for it. */
export function lazyValidators(): BuildValidator {
  const build = validators();
  return (externalSchemas, options) => {
    let compile: ReturnType<BuildValidator> | undefined;
    return (part) => {
      let check: Check | undefined;
      const lazy = (data: unknown, context?: DataValidationCxt) => {
        compile ??= build(externalSchemas, options);
        check ??= compile(part);
        const valid = check(data, context);
        lazy.errors = check.errors;
        return valid;
      };
      lazy.errors = undefined as Check["errors"];
      // Fastify hands on the context to what has this, and looks at no more of it.
      lazy.schemaEnv = true;
      return lazy as unknown as Check;
    };
  };
}
