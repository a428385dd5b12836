/** What the quickstart takes from one line of ratd's log. */
export interface RatdLogLine {
  /** The address of the HTTP API, in the line that announces it. */
  readonly url?: string;
  /** The file with the first API key, in the line that names it. */
  readonly keyFile?: string;
  /** Something that a person at the terminal should see: a slot, a service or rat.yaml that changed, or a warning. */
  readonly remark?: string;
}

/** Reads one JSON line of ratd's log; anything else is shown as it is. */
export function ratdLogLine(line: string): RatdLogLine {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { remark: line };
  }
  const { level, msg, url, keyFile, slot, service, event } = record;
  if (typeof url === "string") return { url };
  if (typeof keyFile === "string") return { keyFile };
  const time = new Date().toISOString().slice(11, 19);
  const text = typeof msg === "string" ? `${time}  ${msg}` : undefined;
  const changed =
    (typeof slot === "string" && "to" in record && !("message" in record)) || typeof service === "string";
  const worth =
    changed || "needs_restart" in record || event !== undefined || level === "error" || level === "fatal";
  return worth && text !== undefined ? { remark: text } : {};
}
