const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

const FORM = /^(\d+)(ms|s|m|h)$/;

/** Whether a text has the form of a duration. */
export function isDuration(text: string): boolean {
  return FORM.test(text);
}

/** Milliseconds of a duration such as `500ms`, `30s`, `5m` or `1h`; the schema has checked its form. */
export function parseDuration(text: string): number {
  const match = FORM.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) throw new RangeError(`not a duration: ${text}`);
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}
