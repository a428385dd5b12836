export * from "./gen/cloud/v1/cloud_pb.ts";
