export * from "./gen/runner/v1/runner_pb.ts";
