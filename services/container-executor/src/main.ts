#!/usr/bin/env node
// The container executor: node services/container-executor/src/main.ts
import { servePlugin } from "@rat/plugin-sdk";
import { containerExecutor } from "./container-executor.ts";

await servePlugin(containerExecutor());
