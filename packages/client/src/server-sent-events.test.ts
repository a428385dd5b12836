import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readFrames, type Frame } from "./server-sent-events.ts";

async function framesOf(chunks: readonly Uint8Array[]): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of readFrames(ReadableStream.from(chunks))) frames.push(frame);
  return frames;
}

const STREAM = `: hello\n\nid: b-1\nevent: slot.fallback\ndata: {"a":"é"}\n\n:\r\ndata: one\r\ndata:two\r\n\r\nid: b-3\rdata\r\rdata: cut`;
const FRAMES: readonly Frame[] = [
  { id: "b-1", event: "slot.fallback", data: '{"a":"é"}' },
  { id: undefined, event: "message", data: "one\ntwo" },
  { id: "b-3", event: "message", data: "" },
];

test("comments are skipped, data lines joined, an unfinished frame is dropped", async () => {
  expect(await framesOf([new TextEncoder().encode(STREAM)])).toEqual(FRAMES);
});

test("the frames do not depend on where the network cuts the bytes", async () => {
  const bytes = new TextEncoder().encode(STREAM);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.slice(places[index], end));
      expect(await framesOf(chunks)).toEqual(FRAMES);
    }),
  );
});

test("a line without end is refused instead of filling the memory", async () => {
  const chunk = new TextEncoder().encode("x".repeat(600_000));
  await expect(framesOf([chunk, chunk])).rejects.toThrow("too long");
});
