import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, test } from "vitest";
import type { HostAddress } from "./check-destination.ts";
import type { EgressPolicy } from "./egress-policy.ts";
import { guardedFetch, type GuardedRequest } from "./guarded-fetch.ts";

const POLICY: EgressPolicy = {
  plainHttp: true,
  hosts: undefined,
  privateAddresses: ["127.0.0.1"],
  remedy: "a setting names those that are",
};
const at = (...addresses: string[]): HostAddress[] => addresses.map((address) => ({ address, family: 4 }));
const REQUEST: GuardedRequest = {
  policy: POLICY,
  caps: { bytes: 1000, headerMs: 5000, totalMs: 5000 },
  resolve: () => Promise.resolve(at("127.0.0.1")),
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener, address = "127.0.0.1", port = 0): Promise<number> {
  const server = createServer(listener).listen(port, address);
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const ask = (port: number, more: Partial<GuardedRequest> = {}, path = "/") =>
  guardedFetch(new URL(`http://files.example:${port}${path}`), { ...REQUEST, ...more });

test("asks the address that was checked, under the name that was asked for", async () => {
  const port = await serve((request, response) => response.end(`${request.headers.host} ${request.url}`));
  const { status, body } = await ask(port, {}, "/a?b");
  expect(status).toBe(200);
  expect(await text(body)).toBe(`files.example:${port} /a?b`);
});

test("sends a body with its method and headers", async () => {
  const port = await serve((request, response) => {
    void text(request).then((sent) =>
      response.end(`${request.method} ${String(request.headers["x-a"])} ${sent}`),
    );
  });
  const { body } = await ask(port, { method: "POST", headers: { "x-a": "b" }, body: "hello" });
  expect(await text(body)).toBe("POST b hello");
});

test("a name that leads elsewhere the next time is dialled where it was checked", async () => {
  const secret = { asked: 0 };
  const port = await serve((_request, response) => response.end("public"));
  // The same port on another address of this machine, which no policy allows.
  await serve((_request, response) => response.end(`secret ${(secret.asked += 1)}`), "127.0.0.2", port);
  let questions = 0;
  const flipping = () => Promise.resolve(at((questions += 1) % 2 === 1 ? "127.0.0.1" : "127.0.0.2"));
  const seen = { public: 0, refused: 0 };
  for (let round = 0; round < 200; round += 1) {
    try {
      const { body } = await ask(port, { resolve: flipping });
      expect(await text(body)).toBe("public");
      seen.public += 1;
    } catch (error) {
      expect(error).toMatchObject({ problem: "address_refused" });
      seen.refused += 1;
    }
  }
  expect(seen).toEqual({ public: 100, refused: 100 });
  expect({ questions, secret }).toEqual({ questions: 200, secret: { asked: 0 } });
});

test("an address that is refused is not dialled, though another one of the name is allowed", async () => {
  const port = await serve((_request, response) => response.end("secret"), "127.0.0.2");
  const resolve = () => Promise.resolve(at("127.0.0.2", "127.0.0.1"));
  await expect(ask(port, { resolve })).rejects.toMatchObject({ problem: "unreachable" });
});

describe("redirects", () => {
  it.each([301, 302, 303, 307, 308])("%d is an error that names it, and not followed", async (status) => {
    let asked = 0;
    const port = await serve((_request, response) => {
      asked += 1;
      response.writeHead(status, { location: "http://169.254.169.254/latest?signature=s3cret" }).end();
    });
    await expect(ask(port)).rejects.toMatchObject({
      problem: "redirected",
      message: `host files.example:${port} answered ${status}, a redirect to 169.254.169.254; redirects are not followed, so name the final address`,
    });
    expect(asked).toBe(1);
  });
});

describe("caps", () => {
  it("a body that announces too much is not read", async () => {
    const port = await serve((_request, response) => response.end("x".repeat(1001)));
    const { body } = await ask(port);
    await expect(text(body)).rejects.toThrow("has more than 1000 bytes");
  });

  it("a body that turns out to be too much ends there", async () => {
    const port = await serve((_request, response) => {
      response.write("x".repeat(600));
      response.end("x".repeat(600));
    });
    const { body } = await ask(port);
    await expect(text(body)).rejects.toMatchObject({ problem: "too_large" });
  });

  it("bytes count after decompression", async () => {
    const packed = gzipSync("x".repeat(10_000_000));
    const port = await serve((_request, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(packed),
    );
    const { body } = await ask(port, { caps: { ...REQUEST.caps, bytes: 100_000 } });
    await expect(text(body)).rejects.toMatchObject({ problem: "too_large" });
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("%s is read as it was meant", async (encoding, pack) => {
    const port = await serve((_request, response) =>
      response.writeHead(200, { "content-encoding": encoding }).end(pack("hello")),
    );
    expect(await text((await ask(port)).body)).toBe("hello");
  });

  it("a server that does not answer ends at the header's time", async () => {
    const port = await serve(() => undefined);
    await expect(ask(port, { caps: { ...REQUEST.caps, headerMs: 50 } })).rejects.toMatchObject({
      problem: "too_slow",
      message: `host files.example:${port} did not answer within 0.05 s`,
    });
  });

  it("a server that drips ends at the time for all", async () => {
    const port = await serve((_request, response) => {
      const timer = setInterval(() => response.write("."), 10);
      response.once("close", () => clearInterval(timer));
    });
    const { body } = await ask(port, { caps: { ...REQUEST.caps, totalMs: 100 } });
    await expect(text(body)).rejects.toMatchObject({ problem: "too_slow" });
  });

  it("a resolver that does not answer counts too", async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const caps = { ...REQUEST.caps, headerMs: 50 };
    await expect(ask(1, { resolve, caps })).rejects.toMatchObject({ problem: "too_slow" });
  });

  it("the caller's own signal ends it with its own reason, before and after the answer", async () => {
    const port = await serve((_request, response) => void response.write("x"));
    const stop = new AbortController();
    const { body } = await ask(port, { signal: stop.signal });
    const reading = text(body);
    stop.abort(new Error("no longer wanted"));
    await expect(reading).rejects.toThrow("no longer wanted");
    await expect(ask(port, { signal: stop.signal })).rejects.toThrow("no longer wanted");
  });
});

test("a server that closes without an answer, or answers what is no HTTP, is told of", async () => {
  const garbage = createTcpServer((socket) => socket.end("hello\r\n\r\n")).listen(0, "127.0.0.1");
  const silent = createTcpServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  try {
    await Promise.all([once(garbage, "listening"), once(silent, "listening")]);
    for (const server of [garbage, silent]) {
      await expect(ask((server.address() as AddressInfo).port)).rejects.toMatchObject({
        problem: "unreachable",
      });
    }
  } finally {
    garbage.close();
    silent.close();
  }
});

test("a proxy of the environment is not used", async () => {
  let proxied = 0;
  const proxy = await serve((_request, response) => response.end(`proxy ${(proxied += 1)}`));
  const port = await serve((_request, response) => response.end("server"));
  const script = `
    import { text } from "node:stream/consumers";
    import { guardedFetch } from ${JSON.stringify(import.meta.resolve("./guarded-fetch.ts"))};
    const { body } = await guardedFetch(new URL("http://files.example:${port}/"), {
      policy: ${JSON.stringify({ ...POLICY, hosts: undefined })}, caps: ${JSON.stringify(REQUEST.caps)},
      resolve: async () => [{ address: "127.0.0.1", family: 4 }],
    });
    console.log(await text(body));`;
  const address = `http://127.0.0.1:${proxy}`;
  const env = { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: address, http_proxy: address, HTTPS_PROXY: address };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    env,
  });
  expect(stdout).toBe("server\n");
  expect(proxied).toBe(0);
});
