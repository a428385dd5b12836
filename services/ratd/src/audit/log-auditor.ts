import type { Logger } from "../platform/logger.ts";
import type { Auditor } from "./audit.ts";

/** Writes audit records as lines of the log, with `"audit":true`. */
export function logAuditor(logger: Logger): Auditor {
  const record: Auditor["record"] = (entry) => logger.info({ audit: true, ...entry }, "audit");
  return {
    record,
    demand: (entry) => {
      record(entry);
      return Promise.resolve();
    },
  };
}
