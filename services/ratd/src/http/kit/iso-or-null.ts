/** A time of a record as the API shows it; null where there is none. */
export function isoOrNull(time: Date | null | undefined): string | null {
  return time?.toISOString() ?? null;
}
