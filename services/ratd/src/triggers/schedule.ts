import { Cron } from "croner";
import { fieldsProblem, NAMED_SCHEDULES } from "./schedule-fields.ts";

/** What becomes of times that passed while no ratd ran: none, the newest, or all of them (at most 100). */
export const CATCH_UPS = ["none", "last", "all"] as const;

/** When a cron trigger fires. */
export interface Schedule {
  /** Five fields, six with seconds first, or a name such as @daily. */
  readonly schedule: string;
  /** IANA name. */
  readonly time_zone: string;
  readonly catch_up: (typeof CATCH_UPS)[number];
}

/** Runs that `catch_up: all` starts at once. */
const MOST_CAUGHT_UP = 100;
/** How late a fire may be that `catch_up: none` still makes, milliseconds. */
const PUNCTUAL_MS = 60_000;

/** What is wrong with the text of a schedule; undefined when nothing is. */
export function scheduleProblem(schedule: string): string | undefined {
  const problem = fieldsProblem(schedule);
  if (problem !== undefined) return problem;
  try {
    return cron({ schedule, time_zone: "UTC" }).nextRun() === null
      ? "names a time that never comes"
      : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `is no schedule: ${reason.replace(/^CronPattern: /, "").slice(0, 200)}`;
  }
}

/** The next times of a schedule after `after`, at most `count`. */
export function nextTimes(schedule: Schedule, after: Date, count: number): readonly Date[] {
  return cron(schedule).nextRuns(count, after);
}

/** What is to be done about a trigger that is due. */
export interface DueFires {
  /** Times to fire for, oldest first. */
  readonly times: readonly Date[];
  /** When it is due again; null when never. */
  readonly next: Date | null;
  /** Whether older times were left out. */
  readonly skipped: boolean;
}

/** Decides about a trigger that was due at `due`, now being `now`; both by the clock of the database. */
export function dueFires(schedule: Schedule, due: Date, now: Date): DueFires {
  const job = cron(schedule);
  const most = schedule.catch_up === "all" ? MOST_CAUGHT_UP : 1;
  const missed: Date[] = [];
  // Backwards, so that a long outage costs no more than what is fired for.
  let before = new Date(now.getTime() + 1);
  while (missed.length <= most) {
    const [time] = job.previousRuns(1, before);
    if (time === undefined || time < due) break;
    missed.unshift(time);
    before = time;
  }
  const times = missed.slice(-most).filter((time) => isWanted(schedule, time, now));
  return { times, next: job.nextRun(now), skipped: times.length < missed.length };
}

function isWanted({ catch_up }: Schedule, time: Date, now: Date): boolean {
  return catch_up !== "none" || now.getTime() - time.getTime() <= PUNCTUAL_MS;
}

/** A pattern that only computes: without a function it starts no timer. */
function cron({ schedule, time_zone }: Pick<Schedule, "schedule" | "time_zone">): Cron {
  return new Cron(NAMED_SCHEDULES[schedule.trim()] ?? schedule.trim(), {
    timezone: time_zone,
    mode: "5-or-6-parts",
    paused: true,
  });
}
