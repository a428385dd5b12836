/** What each field may hold, seconds first; a schedule of five fields begins with the minute. */
const FIELDS = [
  { name: "second", least: 0, most: 59 },
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day", least: 1, most: 31 },
  { name: "month", least: 1, most: 12 },
  { name: "weekday", least: 0, most: 7 },
] as const;

/** Schedules that have a name, as crontab has it. */
export const NAMED_SCHEDULES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** What is wrong with the numbers of a schedule, as they were written; undefined leaves the rest to the library. */
export function fieldsProblem(schedule: string): string | undefined {
  const text = schedule.trim();
  if (text.startsWith("@")) {
    return Object.hasOwn(NAMED_SCHEDULES, text)
      ? undefined
      : `has no name that is known; known: ${Object.keys(NAMED_SCHEDULES).join(", ")}`;
  }
  const fields = text === "" ? [] : text.split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    return `must have 5 fields (minute hour day month weekday), or 6 with seconds first; it has ${fields.length}`;
  }
  const kinds = FIELDS.slice(FIELDS.length - fields.length);
  for (const [at, { name, least, most }] of kinds.entries()) {
    for (const part of fields[at]?.split(",") ?? []) {
      if (part === "") return `has a ${name} that is empty, between commas`;
      const [range = "", step] = part.split("/");
      if (step !== undefined && !/^[1-9]\d{0,3}$/.test(step)) {
        return `has the ${name} "${part}", whose step must be a number from 1 on`;
      }
      const wrong = /^-?\d+(-\d+)?$/.test(range)
        ? numbersOf(range).find((one) => one < least || one > most)
        : undefined;
      if (wrong !== undefined) return `has the ${name} ${wrong}, but a ${name} is ${least} to ${most}`;
    }
  }
  return undefined;
}

function numbersOf(range: string): readonly number[] {
  return range.startsWith("-") ? [Number.parseInt(range, 10)] : range.split("-").map(Number);
}
