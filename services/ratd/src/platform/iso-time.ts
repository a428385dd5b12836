/** Writes moments as `2026-11-25T07:30:00.123Z`. Most are of the same second as the one before, which is kept. */
export function isoTime(): (at: number) => string {
  let second = Number.NaN;
  let prefix = "";
  return (at) => {
    const now = Math.floor(at / 1000);
    if (now !== second) {
      second = now;
      prefix = new Date(now * 1000).toISOString().slice(0, -4);
    }
    return `${prefix}${String(at - now * 1000).padStart(3, "0")}Z`;
  };
}
