export * from "./gen/enforcement/v1/enforcement_pb.ts";
