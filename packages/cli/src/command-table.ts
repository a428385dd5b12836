import { ACCESS_COMMANDS } from "./commands/access/access-table.ts";
import { API_COMMANDS } from "./commands/api/api-table.ts";
import { AUDIT_COMMANDS } from "./commands/audit/audit-table.ts";
import { CONFIG_COMMANDS } from "./commands/config/config-table.ts";
import { CONFORMANCE_COMMANDS } from "./commands/conformance/conformance-table.ts";
import { CONTEXT_COMMANDS } from "./commands/context/context-table.ts";
import { CREDENTIALS_COMMANDS } from "./commands/credentials/credentials-table.ts";
import { DOCTOR_COMMANDS } from "./commands/doctor/doctor-table.ts";
import { EVENTS_COMMANDS } from "./commands/events/events-table.ts";
import { EXPLAIN_COMMANDS } from "./commands/explain/explain-table.ts";
import { KEY_COMMANDS } from "./commands/key/key-table.ts";
import { LEASE_COMMANDS } from "./commands/lease/lease-table.ts";
import { LOGIN_COMMANDS } from "./commands/login/login-table.ts";
import { NAMESPACE_COMMANDS } from "./commands/namespace/namespace-table.ts";
import { PIPELINE_COMMANDS } from "./commands/pipeline/pipeline-table.ts";
import { PLUGIN_COMMANDS } from "./commands/plugin/plugin-table.ts";
import { RATD_COMMANDS } from "./commands/ratd/ratd-table.ts";
import { RUN_COMMANDS } from "./commands/run/run-table.ts";
import { SHARE_COMMANDS } from "./commands/share/share-table.ts";
import { SLOTS_COMMANDS } from "./commands/slots/slots-table.ts";
import { TRIGGER_COMMANDS } from "./commands/trigger/trigger-table.ts";
import { VERSION_COMMANDS } from "./commands/version/version-table.ts";
import type { CommandSpec } from "./kit/command-spec.ts";

/** Every command of `rat`, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...RATD_COMMANDS,
  ...DOCTOR_COMMANDS,
  ...EXPLAIN_COMMANDS,
  ...LOGIN_COMMANDS,
  ...CONTEXT_COMMANDS,
  ...SLOTS_COMMANDS,
  ...PLUGIN_COMMANDS,
  ...CONFIG_COMMANDS,
  ...NAMESPACE_COMMANDS,
  ...PIPELINE_COMMANDS,
  ...TRIGGER_COMMANDS,
  ...RUN_COMMANDS,
  ...AUDIT_COMMANDS,
  ...KEY_COMMANDS,
  ...SHARE_COMMANDS,
  ...ACCESS_COMMANDS,
  ...LEASE_COMMANDS,
  ...CREDENTIALS_COMMANDS,
  ...EVENTS_COMMANDS,
  ...CONFORMANCE_COMMANDS,
  ...API_COMMANDS,
  ...VERSION_COMMANDS,
];
