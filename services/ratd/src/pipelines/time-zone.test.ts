import { expect, it } from "vitest";
import { timeZoneProblem } from "./time-zone.ts";

it.each(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])("knows the time zone %s", (name) => {
  expect(timeZoneProblem(name)).toBeUndefined();
});
it.each(["", "Mars/Base", "+01:00", "Europe/Berlin\0", "../UTC"])("knows no time zone %j", (name) => {
  expect(timeZoneProblem(name)).toContain("is no time zone");
});
