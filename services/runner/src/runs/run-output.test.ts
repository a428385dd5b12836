import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { expect, test } from "vitest";
import { RunOutput } from "./run-output.ts";

async function lines(chunks: readonly Uint8Array[], limit = 1_000_000): Promise<string[]> {
  const taken: string[] = [];
  const output = new RunOutput({ line: (level, message) => taken.push(`${level}: ${message}`) }, limit);
  const stream = new PassThrough();
  output.collect(stream, "info");
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  output.finish();
  return taken;
}

test("cuts at line breaks, wherever chunks end, also inside a character", async () => {
  const bytes = Buffer.from("one\r\ntwo €\n\nlast");
  const chunks = [...bytes].map((byte) => Buffer.of(byte));
  expect(await lines(chunks)).toEqual(["info: one", "info: two €", "info: ", "info: last"]);
});

test("output without a line break does not pile up", async () => {
  const taken = await lines([Buffer.alloc(200_000, "x"), Buffer.alloc(10, "y")]);
  expect(taken.length).toBeGreaterThan(1);
  expect(taken.join("").replaceAll(/info: /g, "").length).toBe(200_010);
});

test("beyond the limit, output is left out and said once", async () => {
  const taken = await lines(
    Array.from({ length: 100 }, () => Buffer.from(`${"x".repeat(99)}\n`)),
    1000,
  );
  expect(taken.length).toBeLessThan(12);
  expect(taken.at(-1)).toMatch(/^warn: output limit of 1000 bytes reached; 9\d00 bytes left out$/);
});

test("empty lines count too", async () => {
  expect((await lines([Buffer.alloc(10_000, "\n")], 1000)).length).toBeLessThan(20);
});
