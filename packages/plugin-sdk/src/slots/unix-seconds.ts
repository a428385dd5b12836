/** Unix seconds of a time, rounded down; 0 for none. */
export function unixSeconds(time: Date | undefined): bigint {
  return time === undefined ? 0n : BigInt(Math.floor(time.getTime() / 1000));
}
