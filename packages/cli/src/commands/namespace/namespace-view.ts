import type { Namespace, NamespaceFile } from "@rat/client";
import { formatAge } from "../../output/age.ts";
import { renderFields } from "../../output/fields.ts";
import type { Column } from "../../output/table.ts";
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

/** The columns of a list of namespaces. `now` is milliseconds since 1970. */
export function namespaceColumns(now: number): readonly Column<Namespace>[] {
  return [
    { title: "NAMESPACE", value: (namespace) => namespace.name },
    { title: "OWNER", value: (namespace) => namespace.owner || null },
    { title: "MAX RUNNING", value: ({ max_running: max }) => (max === null ? null : String(max)) },
    { title: "AGE", value: (namespace) => formatAge(namespace.created_at, now) },
    { title: "DESCRIPTION", value: (namespace) => namespace.description || null },
  ];
}

/** The columns of a list of files. `now` is milliseconds since 1970. */
export function fileColumns(now: number): readonly Column<NamespaceFile>[] {
  return [
    { title: "PATH", value: (file) => file.path },
    { title: "BYTES", value: (file) => String(file.size) },
    { title: "WRITTEN", value: (file) => formatAge(file.modified_at, now) },
  ];
}
