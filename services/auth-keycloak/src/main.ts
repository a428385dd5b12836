#!/usr/bin/env node
// The OpenID auth plugin: node services/auth-keycloak/src/main.ts
import { servePlugin } from "@rat/plugin-sdk";
import { authKeycloak } from "./auth-keycloak.ts";

await servePlugin(authKeycloak());
