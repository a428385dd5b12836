import { connect, type Socket } from "node:net";
import { expect, it } from "vitest";
import { helloAuth } from "../../packages/plugin-sdk/examples/hello-auth.ts";
import { servePlugin } from "@rat/plugin-sdk";
import { createTestDatabase } from "../support/postgres.ts";
import { Seeded } from "../support/seeded.ts";
import { startTestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

/** Headers that are sent; all 100,000 with `npm run faults`. */
const HEADERS = process.env["RAT_FAULT_ROUNDS"] === undefined ? 5000 : 100_000;
const SEED = Number(process.env["RAT_FAULT_SEED"] ?? 47);
const LANES = 8;

/** One connection that sends raw requests one after the other, and opens anew when it was closed. */
class RawClient implements Disposable {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a request with these bytes as the header's value; answers the status and the body. */
  async me(name: string, value: Uint8Array): Promise<{ status: number; body: string }> {
    const socket = (this.#socket ??= connect(this.#port, "127.0.0.1"));
    const { promise, resolve } = Promise.withResolvers<{ status: number; body: string }>();
    let answer = "";
    const settle = () => {
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
      resolve({ status, body: answer.slice(answer.indexOf("\r\n\r\n") + 4) });
    };
    const ended = () => {
      this.#socket = undefined;
      settle();
    };
    socket.on("error", () => undefined);
    socket.once("close", ended);
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      const head = answer.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? Number.NaN);
      if (head === -1 || Number.isNaN(length) || answer.length < head + 4 + length) return;
      // What is no HTTP ends its connection too.
      if (/^HTTP\/1\.1 4(00|31)|connection: close/i.test(answer.slice(0, head))) {
        socket.destroy();
        this.#socket = undefined;
      }
      settle();
    });
    socket.write(`GET /api/v1/me HTTP/1.1\r\nHost: ratd\r\n${name}: `);
    socket.write(value);
    socket.write("\r\n\r\n");
    return promise;
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
  }
}

const PARTS = [
  "Bearer ",
  "bearer\t",
  "Basic ",
  "demo-admin",
  "rat_",
  "0123456789abcdef",
  "_",
  ".",
  "eyJhbGciOiJub25lIn0",
  "null",
  "undefined",
  "anonymous",
  "'",
  '"',
  "%00",
  "\u00ff",
  ",",
  ";",
  " ",
];

/** One value of a header: parts and bytes in any mix; no line break, which would end the header. */
function fuzzed(random: () => number): Uint8Array {
  const pieces: Uint8Array[] = [];
  const count = 1 + Math.floor(random() * 6);
  for (let n = 0; n < count; n++) {
    if (random() < 0.6) pieces.push(Buffer.from(PARTS[Math.floor(random() * PARTS.length)] ?? "", "latin1"));
    else {
      const length = Math.floor(random() * (random() < 0.02 ? 20_000 : 40));
      const bytes = Buffer.alloc(length, 0);
      for (let at = 0; at < length; at++) bytes[at] = Math.floor(random() * 256);
      // Mostly what may stand in a header, so that it gets past the parser.
      const lowest = random() < 0.1 ? 0 : 32;
      pieces.push(
        bytes.map((byte) => (byte === 10 || byte === 13 || byte < lowest || byte === 127 ? 32 : byte)),
      );
    }
  }
  return Buffer.concat(pieces);
}

it(
  `lets no one in for ${HEADERS} fuzzed credentials, and none of them opens the slot`,
  { timeout: 600_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const never = new AbortController().signal;
    const plugin = stack.use(await servePlugin(helloAuth(), { port: 0, logLevel: "silent", signal: never }));
    const auth = { image: "rat/hello-auth:1", address: `127.0.0.1:${plugin.port}`, on_down: "noop" };
    const ratd = stack.use(
      await startTestRatd(database.connectionString, {
        plugins: { auth },
        limits: { rate: 0 },
        log: { level: "error" },
      }),
    );
    await until(async () => (await ratd.call("/features")).json["auth"]);
    const seeded = new Seeded(SEED);
    const random = () => seeded.next();
    const port = Number(new URL(ratd.url).port);
    const statuses = new Map<number, number>();
    let left = HEADERS;
    const lane = async () => {
      using client = new RawClient(port);
      while (left-- > 0) {
        const value = fuzzed(random);
        const name = random() < 0.8 ? "Authorization" : "X-API-Key";
        const { status, body } = await client.me(name, value);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status !== 200) continue;
        // The one value that is a credential, in some disguise of white space.
        const text = Buffer.from(value).toString("latin1");
        expect([text, body]).toEqual([
          expect.stringMatching(/^\s*bearer[\t ]+\s*demo-(admin|viewer)\s*$/i),
          expect.any(String),
        ]);
        expect(body).toContain('"auth_mode":"plugin"');
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    console.log(`seed ${SEED}: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(", ")}`);
    expect([...statuses.keys()].filter((status) => ![200, 400, 401, 431].includes(status))).toEqual([]);
    expect((await ratd.call("/health")).json).toMatchObject({ fallback_active: false });
    expect((await ratd.call("/api/v1/me", { token: "demo-admin" })).status).toBe(200);
  },
);
