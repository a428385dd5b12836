import { RatError } from "../errors.ts";
import { parsePipelineId } from "../pipeline-id.ts";
import type { CloudAccess, CloudScope } from "../slots/cloud/cloud.ts";

/** A thing whose data lies in the cloud. */
export interface CloudObject {
  readonly resourceType: "namespace" | "pipeline" | "table";
  readonly resourceId: string;
}

/**
 * Where the data of things lies at the provider, by the template of rat.yaml: `{namespace}` stands for the namespace.
 * Names of namespaces and pipelines have no characters that mean something to a provider, and each place ends in `/*`, so
 * that no name is a beginning of another.
 */
export class CloudPlaces {
  readonly #template: string;

  constructor(template: string) {
    this.#template = template;
  }

  /** The namespace of a thing. @throws RatError validation_failed for an id that is none */
  namespaceOf({ resourceType, resourceId }: CloudObject): string {
    if (resourceType === "namespace") return resourceId;
    const name = parsePipelineId(resourceId);
    if (name === undefined) throw noPlace(resourceType, resourceId);
    return name.namespace;
  }

  /** The scope of a thing. @throws RatError validation_failed; provider_not_supported where the template has no parts */
  scopeOf(object: CloudObject, access: CloudAccess): CloudScope {
    const whole = this.#template.replaceAll("{namespace}", this.namespaceOf(object));
    if (object.resourceType === "namespace") return { resource: whole, access };
    if (!whole.endsWith("/*")) {
      throw new RatError(
        "provider_not_supported",
        "runs.credentials.resource does not end in /*, so credentials are given for whole namespaces only.",
      );
    }
    const [, ...path] = object.resourceId.split("/");
    return { resource: `${whole.slice(0, -1)}${path.join("/")}/*`, access };
  }
}

function noPlace(type: string, id: string): RatError {
  const message = `"${id}" is no ${type}; one is named namespace/layer/name`;
  return new RatError("validation_failed", `resource_id: ${message}.`, {
    violations: [{ pointer: "/resource_id", message }],
  });
}
