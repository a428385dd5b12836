import { KEY_ID } from "./sample-access.ts";
import { RUN_ID } from "./sample-pipelines.ts";

const pipeline = ["gold/monthly_weather"];
const trigger = ["trg_0123456789abcdef01234567"];
const run = [RUN_ID];
const key = [KEY_ID];
const lease = ["lse_0123456789abcdef0123456789ab"];

/** Arguments with which each command succeeds against a fake ratd. */
export const sampleArgs: Readonly<Record<string, readonly string[]>> = {
  "slots show": ["auth"],
  "plugin show": ["p-1"],
  api: ["GET", "/api/v1/slots"],
  events: ["--timeout", "50ms"],
  "conformance run": ["auth", "127.0.0.1:1"],
  "namespace show": ["default"],
  "namespace create": ["sales"],
  "namespace delete": ["sales"],
  "namespace upload": ["a.csv"],
  "namespace download": ["raw/a.csv", "copy.csv"],
  "pipeline show": pipeline,
  "pipeline apply": ["-f", "pipelines.yaml"],
  "pipeline diff": pipeline,
  "pipeline versions": pipeline,
  "pipeline publish": pipeline,
  "pipeline rollback": pipeline,
  "pipeline delete": pipeline,
  "trigger show": trigger,
  "trigger create": [...pipeline, "cron", "--schedule", "0 6 * * *"],
  "trigger pause": trigger,
  "trigger resume": trigger,
  "trigger fire": trigger,
  "trigger rotate": trigger,
  "trigger delete": trigger,
  "audit tail": ["--timeout", "50ms"],
  "audit export": ["audit.ndjson"],
  login: ["--api-key", "secret.key"],
  "context show": ["here"],
  "context add": ["there"],
  "context use": ["here"],
  "context remove": ["here", "--yes"],
  logout: ["--context", "here", "--yes"],
  "access keys show": key,
  "access keys create": ["--name", "ci", "--scope", "runs:read"],
  "access keys rotate": [...key, "--yes"],
  "access keys revoke": [...key, "--yes"],
  "access shares list": ["namespace", "sales"],
  "access shares add": ["namespace", "sales", "--user", "bob", "--permission", "read"],
  "access shares remove": ["g-1", "--yes"],
  "access shares transfer": ["namespace", "sales", "--to", "bob"],
  "access check": ["read", "table", "sales/gold/revenue"],
  "access leases show": lease,
  "access leases revoke": [...lease, "--yes"],
  credentials: ["table", "sales/gold/revenue"],
  "run start": pipeline,
  "run show": run,
  "run logs": run,
  "run wait": run,
  "run cancel": run,
  "run retry": run,
  "run result": run,
};
