export * from "./gen/common/v1/common_pb.ts";
