import { StringDecoder } from "node:string_decoder";
import type { LogPiece } from "@rat/executor-kit";

const HEADER_BYTES = 8;

/** Takes apart what the engine sends: an 8-byte header, a timestamp and a piece of one of the two streams, at most 16 KiB. */
export async function* readLogFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogPiece> {
  const decoders = { info: new StringDecoder("utf8"), warn: new StringDecoder("utf8") };
  let pending: Buffer[] = [];
  let size = 0;
  let wanted = HEADER_BYTES;
  for await (const chunk of chunks) {
    pending.push(chunk);
    size += chunk.length;
    if (size < wanted) continue;
    let buffer = pending.length === 1 ? chunk : Buffer.concat(pending);
    for (;;) {
      if (buffer.length < HEADER_BYTES) break;
      const length = buffer.readUInt32BE(4);
      if (buffer.length < HEADER_BYTES + length) break;
      const payload = buffer.subarray(HEADER_BYTES, HEADER_BYTES + length);
      const level = buffer[0] === 2 ? "warn" : "info";
      buffer = buffer.subarray(HEADER_BYTES + length);
      const space = payload.indexOf(0x20);
      const at = new Date(payload.toString("latin1", 0, Math.max(space, 0)));
      yield { level, at, text: decoders[level].write(payload.subarray(space + 1)) };
    }
    wanted = buffer.length < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + buffer.readUInt32BE(4);
    pending = [buffer];
    size = buffer.length;
  }
}
