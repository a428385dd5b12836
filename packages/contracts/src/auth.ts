export * from "./gen/auth/v1/auth_pb.ts";
