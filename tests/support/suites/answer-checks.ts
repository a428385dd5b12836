import { expect } from "vitest";
import { printable } from "../../../services/ratd/src/platform/connection/failure.ts";

/** A text may be stored and shown: no control characters, and it ends. */
export function checkText(text: string, mostChars = 8192): void {
  expect(text).toBe(printable(text));
  expect(text.length).toBeLessThanOrEqual(mostChars);
}

/** How long an answer may be reused is a time, or is not said. */
export function checkMaxAge(maxAgeMs: number | undefined): void {
  expect(maxAgeMs ?? 0).toBeGreaterThanOrEqual(0);
}

/** A date is one that can be written down, or is not there. */
export function checkDate(date: Date | undefined): void {
  expect(date?.getTime()).not.toBeNaN();
}
