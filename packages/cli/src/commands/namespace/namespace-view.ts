import type { Namespace } from "@rat/client";
import { renderFields } from "../../output/fields.ts";
import { recordView, type View } from "../../output/view.ts";

/** One namespace as a record. */
export function namespaceView(namespace: Namespace): View {
  return recordView(namespace, {
    name: namespace.name,
    text: (paint) =>
      renderFields(
        [
          { label: "Namespace", value: namespace.name, tone: "strong" },
          { label: "Description", value: namespace.description || null },
          { label: "Owner", value: namespace.owner || null },
          {
            label: "Max running",
            value: namespace.max_running === null ? null : String(namespace.max_running),
          },
          { label: "Created", value: namespace.created_at },
        ],
        paint,
      ),
  });
}
