/** Which records of the audit log; without a member, whatever it is. */
export interface AuditFilter {
  readonly from?: Date | undefined;
  /** Not included. */
  readonly to?: Date | undefined;
  readonly actor?: string | undefined;
  /** How the action begins. */
  readonly action?: string | undefined;
  readonly objectType?: string | undefined;
  readonly objectId?: string | undefined;
  readonly result?: string | undefined;
  readonly authMode?: string | undefined;
  readonly requestId?: string | undefined;
}

/** The conditions of a filter as SQL; the values go to `value`, which answers their placeholders. */
export function filterConditions(filter: AuditFilter, value: (value: unknown) => string): readonly string[] {
  const { from, to, actor, action, objectType, objectId, result, authMode, requestId } = filter;
  const on = (column: string, operator: string, wanted: unknown) =>
    wanted === undefined ? [] : [`${column} ${operator} ${value(wanted)}`];
  return [
    ...on("at", ">=", from),
    ...on("at", "<", to),
    ...on("actor", "=", actor),
    ...on("action", "LIKE", action === undefined ? undefined : `${action.replaceAll(/[\\%_]/g, "\\$&")}%`),
    ...on("object_type", "=", objectType),
    ...on("object_id", "=", objectId),
    ...on("result", "=", result),
    ...on("auth_mode", "=", authMode),
    ...on("request_id", "=", requestId),
  ];
}

/** Whether a filter lets everything through. */
export function isEmptyFilter(filter: AuditFilter): boolean {
  return Object.values(filter).every((wanted) => wanted === undefined);
}
