import { LogLines } from "@rat/executor-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readLogFrames } from "./log-frames.ts";

const STAMP = "2026-01-01T00:00:00.123456789Z";

function frame(stream: 1 | 2, text: string | Buffer, stamp = STAMP): Buffer {
  const payload = Buffer.concat([Buffer.from(`${stamp} `), Buffer.from(text)]);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function linesOf(chunks: readonly Buffer[], limit = 1e6): Promise<string[]> {
  const out: string[] = [];
  const lines = new LogLines(limit, (level, message) => out.push(`${level}: ${message}`));
  async function* stream() {
    yield* chunks;
  }
  for await (const piece of readLogFrames(stream())) lines.add(piece);
  lines.end();
  return out;
}

test("gives both streams in order, with times, without line breaks", async () => {
  const chunks = [frame(1, "out\n"), frame(2, "err\r\n"), frame(1, "\n"), frame(1, "no break")];
  expect(await linesOf(chunks)).toEqual(["info: out", "warn: err", "info: ", "info: no break"]);
  for await (const { at } of readLogFrames(asStream(chunks))) expect(at.toISOString()).toMatch(/00\.123Z$/);
});

test("however the bytes arrive, the lines are the same", async () => {
  const all = Buffer.concat([
    frame(1, "häl"),
    frame(2, "Σ\n"),
    frame(1, "lo\nzwei\n"),
    frame(1, "x".repeat(20_000)),
  ]);
  const whole = await linesOf([all]);
  expect(whole.slice(0, 3)).toEqual(["warn: Σ", "info: hällo", "info: zwei"]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(all.length), { maxLength: 20 }), async (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), all.length];
      const chunks = edges.slice(1).map((end, at) => all.subarray(edges[at], end));
      expect(await linesOf(chunks)).toEqual(whole);
    }),
  );
});

test("a character that two frames share stays whole", async () => {
  const bytes = Buffer.from("ä\n");
  expect(await linesOf([frame(1, bytes.subarray(0, 1)), frame(1, bytes.subarray(1))])).toEqual(["info: ä"]);
});

test("cuts long lines, never through a character", async () => {
  const lines = await linesOf([frame(1, `${"x".repeat(8191)}😀${"y".repeat(9000)}\n`)]);
  expect(lines.map((line) => line.length - "info: ".length)).toEqual([8191, 8192, 810]);
  expect(lines.join("")).toContain("😀");
});

test("beyond the limit it says once how much was left out", async () => {
  const lines = await linesOf(Array(50).fill(frame(1, `${"z".repeat(100_000)}\n`)), 300_000);
  expect(lines.length).toBeLessThan(45);
  expect(lines.at(-1)).toMatch(/^warn: the output is over the limit: at least 4\.\d MiB more were left out$/);
  expect(await linesOf(Array(100).fill(frame(1, "\n")), 640)).toHaveLength(11);
});

async function* asStream(chunks: readonly Buffer[]) {
  yield* chunks;
}
