import type { Namespace } from "../../pipelines/pipeline.ts";
import type { Shape } from "../schemas.ts";

/** A namespace as the API shows it. */
export function namespaceView(namespace: Namespace): Shape<"Namespace"> {
  return {
    name: namespace.name,
    description: namespace.description,
    owner: namespace.owner,
    max_running: namespace.maxRunning,
    created_at: namespace.createdAt.toISOString(),
    updated_at: namespace.updatedAt.toISOString(),
  };
}
