export * from "./gen/sharing/v1/sharing_pb.ts";
