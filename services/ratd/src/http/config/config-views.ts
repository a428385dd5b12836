import type { ConfigChange } from "../../config/config-diff.ts";
import type { Shape } from "../schemas.ts";

/** Changes of rat.yaml, in the order of their keys. */
export function changesView(changes: readonly ConfigChange[]): {
  changes: Shape<"ConfigChange">[];
  total: number;
} {
  return { changes: [...changes], total: changes.length };
}
