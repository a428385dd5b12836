import { Type } from "typebox";
import { nullable, resourceName, text, time } from "../kit/fields.ts";

/** What a namespace or a pipeline is for. */
export const description = text("What it is for.", 4096);

/** How many runs there may be at a time. */
export const maxRunning = nullable(
  Type.Integer({ description: "Runs at a time; null is no limit of its own.", minimum: 1, maximum: 100_000 }),
);

/** The shape of namespaces. */
export const namespacesShapes = {
  Namespace: Type.Object(
    {
      name: Type.String(),
      description: Type.String(),
      owner: Type.String(),
      max_running: nullable(
        Type.Integer({ description: "Runs at a time; null is the default of rat.yaml." }),
      ),
      created_at: time("When it was made."),
      updated_at: time("When it last changed."),
    },
    { $id: "Namespace", description: "Keeps the pipelines and files of a team apart." },
  ),
} as const;

/** What requests about namespaces send. */
export const namespacesBodies = {
  namespace: Type.Object({
    name: resourceName("Unique."),
    description: Type.Optional(description),
    max_running: Type.Optional(maxRunning),
  }),
  namespaceChange: Type.Object({
    description: Type.Optional(description),
    max_running: Type.Optional(maxRunning),
  }),
};

/** What paths about namespaces name. */
export const namespaceParams = Type.Object({ namespace: resourceName("The namespace.") });
