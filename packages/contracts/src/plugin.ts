export * from "./gen/plugin/v1/plugin_pb.ts";
