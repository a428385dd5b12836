import type { AuditFilter } from "@rat/client";
import { textFlag, type Flags } from "../../input/flags.ts";
import type { OptionSpec } from "../../kit/command-spec.ts";

/** The options that choose audit records. */
export const AUDIT_FILTER_OPTIONS: readonly OptionSpec[] = [
  { flags: "--from <time>", description: "from this time on, for example 2026-01-15T12:00:00Z" },
  { flags: "--to <time>", description: "before this time" },
  { flags: "--actor <user>", description: "what this user did" },
  { flags: "--action <action>", description: "actions that begin so: keys. or keys.create" },
  { flags: "--object-type <type>", description: "about things of this kind: key, pipeline, slot, …" },
  { flags: "--object-id <id>", description: "about this thing" },
  { flags: "--result <result>", description: "begun, ok, refused or failed" },
  { flags: "--auth-mode <mode>", description: "plugin, api_key, builtin, noop-fallback, denying or none" },
  { flags: "--request <id>", description: "of this request" },
];

/** The filter of a command line; ratd itself refuses a result, mode or time that is none. */
export function auditFilter(flags: Flags): AuditFilter {
  return {
    from: textFlag(flags, "from"),
    to: textFlag(flags, "to"),
    actor: textFlag(flags, "actor"),
    action: textFlag(flags, "action"),
    object_type: textFlag(flags, "objectType"),
    object_id: textFlag(flags, "objectId"),
    result: textFlag(flags, "result"),
    auth_mode: textFlag(flags, "authMode"),
    request_id: textFlag(flags, "request"),
  } as AuditFilter;
}
