const TIME_ZONE = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/;

/** What is wrong with the name of a time zone; undefined when nothing is. */
export function timeZoneProblem(name: string): string | undefined {
  try {
    if (TIME_ZONE.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "")
      return undefined;
  } catch {
    // Told below.
  }
  return "is no time zone; use a name such as Europe/Berlin or UTC";
}
