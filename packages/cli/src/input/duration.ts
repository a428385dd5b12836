const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `500ms`, `60s`, `2m`, `1h` or `30d`; undefined when it is none, or zero. */
export function parseDuration(text: string): number | undefined {
  const [, amount = "", unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/u.exec(text) ?? [];
  const ms = Number(amount) * (UNITS[unit] ?? 0);
  return ms > 0 ? ms : undefined;
}
