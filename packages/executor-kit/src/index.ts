export {
  type ContainerFile,
  type ContainerPlan,
  type ContainerState,
  type EndedState,
  type Engine,
  type EngineBelonging,
  type EngineContainer,
  type ImageFacts,
  type ListedContainer,
  type PrivateFolder,
} from "./engine.ts";
export { EngineError, type EngineErrorCode } from "./engine-error.ts";
export { openEngineExecutor, type EngineExecutor, type EngineExecutorDeps } from "./engine-executor.ts";
export { executorSettings, type ExecutorSettings } from "./executor-settings.ts";
export { LogLines, type LogPiece } from "./log-lines.ts";
export { planRun } from "./plan-run.ts";
export { OWNER_LABEL, RUN_LABEL } from "./run-labels.ts";
export { readRunOrder, type RunOrder } from "./run-order.ts";
