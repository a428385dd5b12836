import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { peekHttpVersion } from "./peek-http-version.ts";

/** Sends chunks, each only when the one before was read, and answers what was decided after how many. */
async function peek(chunks: readonly string[]): Promise<{ isHttp2: boolean; after: number; rest: string }> {
  const socket = new PassThrough();
  const decision = Promise.withResolvers<boolean>();
  let decided = false;
  peekHttpVersion(socket, (isHttp2) => {
    decided = true;
    decision.resolve(isHttp2);
  });
  let after = 0;
  for (const chunk of chunks) {
    if (decided) break;
    socket.write(chunk);
    after += 1;
    await new Promise(setImmediate);
  }
  const isHttp2 = await decision.promise;
  return { isHttp2, after, rest: String(socket.read()) };
}

test.each([
  [["PRI * HTTP/2.0"], true, 1],
  [["P", "R", "I", " * HTTP/2.0"], true, 3],
  [["POST / HTTP/1.1"], false, 1],
  [["P", "O", "ST / HTTP/1.1"], false, 2],
  [["G", "ET / HTTP/1.1"], false, 1],
  [["PR", "X"], false, 2],
])("%j: HTTP/2 is %j, known after %d", async (chunks, isHttp2, after) => {
  const rest = chunks.slice(0, after).join("");
  expect(await peek(chunks)).toEqual({ isHttp2, after, rest });
});

test("a caller that leaves too early is cut off", async () => {
  const socket = new PassThrough({ autoDestroy: false });
  peekHttpVersion(socket, () => expect.fail("nothing to decide"));
  socket.end("PR");
  await new Promise((resolve) => socket.once("close", resolve));
  expect(socket.destroyed).toBe(true);
});
