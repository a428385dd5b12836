export * from "./gen/executor/v1/executor_pb.ts";
