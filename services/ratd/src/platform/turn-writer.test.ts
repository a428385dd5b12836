import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { TurnWriter } from "./turn-writer.ts";

function setup() {
  const written: string[] = [];
  return { written, writer: new TurnWriter((text) => written.push(text)) };
}

test("the lines of a turn are written at once, those of the next by themselves", async () => {
  const { writer, written } = setup();
  writer.write("one\n");
  writer.write("two\n");
  expect(written).toEqual([]);
  await setImmediate();
  writer.write("three\n");
  await setImmediate();
  expect(written).toEqual(["one\ntwo\n", "three\n"]);
});

test("a flush writes what waits, once", async () => {
  const { writer, written } = setup();
  writer.write("last\n");
  writer.flush();
  writer.flush();
  await setImmediate();
  expect(written).toEqual(["last\n"]);
});

test("a turn that logs without end does not fill the memory", () => {
  const { writer, written } = setup();
  const line = `${"x".repeat(999)}\n`;
  for (let lines = 0; lines < 1000; lines++) writer.write(line);
  writer.flush();
  expect(Math.max(...written.map((text) => text.length))).toBeLessThan(70_000);
  expect(written.join("")).toBe(line.repeat(1000));
});
