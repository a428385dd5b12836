import { executorSettings } from "@rat/executor-kit";
import { Type, type Static } from "@rat/plugin-sdk";

/** The settings of the container executor. docs/how-to/container-executor.md has them as a table. */
export const executorConfig = Type.Object({
  docker: Type.Optional(
    Type.String({
      pattern: "^(unix:///.+|tcp://.+)$",
      description:
        "The engine: unix:///path or tcp://host:port. Without it DOCKER_HOST, else the default socket.",
    }),
  ),
  ...executorSettings,
});

/** The settings in force. */
export type ExecutorConfig = Static<typeof executorConfig>;
