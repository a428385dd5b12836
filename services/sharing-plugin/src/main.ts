#!/usr/bin/env node
// The sharing plugin: node services/sharing-plugin/src/main.ts
import { servePlugin } from "@rat/plugin-sdk";
import { sharingPlugin } from "./sharing-plugin.ts";

await servePlugin(sharingPlugin());
