import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueFires, nextTimes, scheduleProblem, type Schedule } from "./schedule.ts";

const EVERY_MINUTE: Schedule = { schedule: "* * * * *", time_zone: "UTC", catch_up: "last" };
const at = (text: string) => new Date(`2026-03-01T${text}Z`);
const shown = (times: readonly Date[]) => times.map((time) => time.toISOString().slice(11, 19));

describe("the text of a schedule", () => {
  it.each([
    "* * * * *",
    "0 6 * * 1-5",
    "*/10 * * * * *",
    " 0 0 1 JAN * ",
    "0 0 L * *",
    "@daily",
    " @midnight ",
  ])("may be %j", (text) => {
    expect(scheduleProblem(text)).toBeUndefined();
  });

  it.each([
    ["", "5 fields"],
    ["* * * *", "it has 4"],
    ["* * * * * * *", "it has 7"],
    ["@reboot", "known: @yearly"],
    ["@constructor", "known: @yearly"],
    ["60 * * * *", "the minute 60, but a minute is 0 to 59"],
    ["-1 * * * *", "the minute -1,"],
    ["0 0 0 * *", "the day 0, but a day is 1 to 31"],
    ["0 0 1 0 *", "the month 0, but a month is 1 to 12"],
    ["5-70 * * * *", "the minute 70,"],
    ["1,,2 * * * *", "empty, between commas"],
    ["*/-1 * * * *", "whose step must be a number from 1 on"],
    ["a b c d e", "is no schedule"],
    ["*/0 * * * *", "whose step"],
    ["0 0 30 2 *", "never comes"],
  ])("may not be %j", (text, reason) => {
    expect(scheduleProblem(text)).toContain(reason);
  });
});

it("follows the clocks of the time zone", () => {
  const schedule: Schedule = { schedule: "30 2 * * *", time_zone: "Europe/Berlin", catch_up: "last" };
  const times = nextTimes(schedule, new Date("2026-03-28T00:00:00Z"), 3).map((time) => time.toISOString());
  // On the 29th the clocks go from 2 to 3: there is no half past two, and the run is made when it is over.
  expect(times).toEqual(["2026-03-28T01:30:00.000Z", "2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]);
});

it.each([
  ["@hourly", "0 * * * *"],
  ["@weekly", "0 0 * * 0"],
  ["@annually", "0 0 1 1 *"],
])("%s is %s", (name, fields) => {
  const next = (schedule: string) =>
    nextTimes({ ...EVERY_MINUTE, schedule }, at("10:20:30"), 3).map((time) => time.toISOString());
  expect(next(name)).toEqual(next(fields));
});

describe("a trigger that is due", () => {
  it("fires once in time, whatever the policy", () => {
    for (const catch_up of ["none", "last", "all"] as const) {
      const { times, next, skipped } = dueFires(
        { ...EVERY_MINUTE, catch_up },
        at("10:00:00"),
        at("10:00:00.012"),
      );
      expect([shown(times), next?.toISOString().slice(11, 16), skipped]).toEqual([
        ["10:00:00"],
        "10:01",
        false,
      ]);
    }
  });

  it.each([
    ["none", [], true],
    ["last", ["10:05:00"], true],
    ["all", ["10:00:00", "10:01:00", "10:02:00", "10:03:00", "10:04:00", "10:05:00"], false],
  ] as const)("after an outage, catching up %s", (catch_up, expected, skipped) => {
    const schedule: Schedule = { ...EVERY_MINUTE, catch_up };
    const fires =
      catch_up === "none"
        ? dueFires({ ...schedule, schedule: "0-5 10 * * *" }, at("10:00:00"), at("10:06:30"))
        : dueFires(schedule, at("10:00:00"), at("10:05:30"));
    expect([shown(fires.times), fires.skipped]).toEqual([expected, skipped]);
  });

  it("catches up at most 100 runs, the newest", () => {
    const { times, skipped } = dueFires({ ...EVERY_MINUTE, catch_up: "all" }, at("10:00:00"), at("20:00:30"));
    expect(times).toHaveLength(100);
    expect(times.at(-1)).toEqual(at("20:00:00"));
    expect(skipped).toBe(true);
  });

  it("is as if it had fired at every time, whatever the schedule, the zone and the outage", () => {
    const schedule = fc.constantFrom(
      "* * * * *",
      "*/7 * * * *",
      "30 2 * * *",
      "15 1-3 * * *",
      "*/20 * * * * *",
      "0 0 1 * *",
    );
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe");
    const start = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) });
    const late = fc.integer({ min: 0, max: 3 * 3_600_000 });
    fc.assert(
      fc.property(schedule, zone, start, late, (text, time_zone, from, lateMs) => {
        const base = { schedule: text, time_zone };
        const [due] = nextTimes({ ...base, catch_up: "all" }, new Date(from), 1);
        if (due === undefined) return;
        const now = new Date(due.getTime() + lateMs);
        const reference = [due];
        for (;;) {
          const [time] = nextTimes({ ...base, catch_up: "all" }, reference.at(-1) ?? due, 1);
          if (time === undefined || time > now) break;
          reference.push(time);
        }
        const all = dueFires({ ...base, catch_up: "all" }, due, now);
        expect(all.times).toEqual(reference.slice(-100));
        expect(all.next).toEqual(nextTimes({ ...base, catch_up: "all" }, now, 1)[0]);
        expect(dueFires({ ...base, catch_up: "last" }, due, now).times).toEqual(reference.slice(-1));
        const punctual = reference.slice(-1).filter((time) => now.getTime() - time.getTime() <= 60_000);
        expect(dueFires({ ...base, catch_up: "none" }, due, now).times).toEqual(punctual);
      }),
      { numRuns: 200 },
    );
  });
});
