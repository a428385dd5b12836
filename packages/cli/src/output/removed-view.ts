import { recordView, type View } from "./view.ts";

/** That something has been removed. */
export function removedView(kind: string, name: string): View {
  return recordView({ kind, name, removed: true }, { name, text: () => [`removed ${kind} ${name}`] });
}
