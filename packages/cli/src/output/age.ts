const STEPS: readonly (readonly [unit: string, seconds: number])[] = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
];

/** A span of seconds in its largest unit: `12d`, `3h`, `4m`, `42s`. */
export function formatSpan(seconds: number): string {
  const [unit, size] = STEPS.find(([, step]) => seconds >= step) ?? ["s", 1];
  return `${Math.max(0, Math.floor(seconds / size))}${unit}`;
}

/** A time limit as people write it: `500ms`, `60s`. */
export function formatLimit(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** How long ago an RFC 3339 time was; null when it is no time. */
export function formatAge(time: string | null, now: number): string | null {
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) ? null : formatSpan((now - at) / 1_000);
}
