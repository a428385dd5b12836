#!/usr/bin/env node
// The enforcement plugin: node services/enforcement-plugin/src/main.ts
import { servePlugin } from "@rat/plugin-sdk";
import { enforcementPlugin } from "./enforcement-plugin.ts";

await servePlugin(enforcementPlugin());
