import type { ConfigChange } from "@rat/client";
import { listView, type View } from "../../output/view.ts";

/** Changes of rat.yaml; `empty` is said when there are none. */
export function changesView(changes: readonly ConfigChange[], empty: string): View {
  return listView(changes, {
    columns: [
      { title: "KEY", value: ({ key }) => key },
      {
        title: "COUNTS",
        value: ({ applies }) => (applies === "now" ? "now" : "after a restart"),
        tone: ({ applies }) => (applies === "now" ? "good" : "warning"),
      },
      { title: "FROM", value: ({ from }) => from },
      { title: "TO", value: ({ to }) => to },
    ],
    name: ({ key }) => key,
    empty,
  });
}
