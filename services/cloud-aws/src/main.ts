#!/usr/bin/env node
// The cloud plugin for AWS: node services/cloud-aws/src/main.ts
import { servePlugin } from "@rat/plugin-sdk";
import { cloudAws } from "./cloud-aws.ts";

await servePlugin(cloudAws());
