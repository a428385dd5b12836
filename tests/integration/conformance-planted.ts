import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ConformanceSlot } from "@rat/conformance";
import { servePlugin, type ServedPlugin } from "@rat/plugin-sdk";
import { onTestFinished } from "vitest";
import { helloAuth } from "../../packages/plugin-sdk/examples/hello-auth.ts";
import { helloCloud } from "../../packages/plugin-sdk/examples/hello-cloud.ts";
import { helloEnforcement } from "../../packages/plugin-sdk/examples/hello-enforcement.ts";
import { helloExecutor } from "../../packages/plugin-sdk/examples/hello-executor.ts";
import { helloSharing } from "../../packages/plugin-sdk/examples/hello-sharing.ts";

/** A JSON object of a request or an answer. */
export type Json = Record<string, unknown>;

/** One call on its way to a good plugin. */
export interface PlantedCall {
  /** The name of the RPC, for example "Authenticate". */
  readonly rpc: string;
  readonly request: Json;
  /** Lets the good plugin answer, this request or another one. */
  forward(request?: Json): Promise<{ status: number; json: Json }>;
  /** Ends the whole plugin. */
  die(): void;
}

/** What a spoiled RPC answers: a JSON value, a raw answer, or "hang". Undefined leaves the good answer. */
export type Spoiled = Json | { readonly raw: string; readonly type: string } | "hang" | undefined;

const options = { port: 0, env: {}, logLevel: "silent", drainMs: 0 } as const;

const SERVE: Readonly<Record<ConformanceSlot, () => Promise<ServedPlugin>>> = {
  auth: () => servePlugin(helloAuth(), options),
  executor: () => servePlugin(helloExecutor(), options),
  sharing: () => servePlugin(helloSharing(), options),
  enforcement: () => servePlugin(helloEnforcement(), options),
  cloud: () => servePlugin(helloCloud(), options),
};

/** What a Connect stream of JSON messages looks like that says these and ends well. */
export function rawStream(...messages: readonly Json[]): { raw: string; type: string } {
  const frame = (flags: number, text: string): string => {
    const head = Buffer.alloc(5);
    head.writeUInt8(flags);
    head.writeUInt32BE(text.length, 1);
    return head.toString("latin1") + text;
  };
  const raw = [...messages.map((message) => frame(0, JSON.stringify(message))), frame(2, "{}")].join("");
  return { raw, type: "application/connect+json" };
}

/** Serves a good example plugin in this process, for one test. */
export async function serveGood(slot: ConformanceSlot): Promise<string> {
  const served = await SERVE[slot]();
  onTestFinished(() => served[Symbol.asyncDispose]());
  return served.url;
}

/** Serves a good plugin behind a proxy that spoils some of its answers, for one test. Speaks JSON. */
export async function servePlanted(
  slot: ConformanceSlot,
  spoil: (call: PlantedCall) => Promise<Spoiled> | Spoiled,
): Promise<string> {
  const good = await serveGood(slot);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = `${good}${request.url ?? "/"}`;
    const type = request.headers["content-type"] ?? "";
    const body = await readAll(request);
    const post = (text: Buffer | string): Promise<Response> =>
      fetch(url, { method: "POST", headers: { "content-type": type }, body: text });
    const rpc = request.url?.split("/").at(-1) ?? "";
    const spoiled = await spoil({
      rpc,
      request: parse(body),
      forward: async (other) => {
        const answer = await post(other === undefined ? body : JSON.stringify(other));
        return { status: answer.status, json: (await answer.json()) as Json };
      },
      die: () => {
        server.close();
        server.closeAllConnections();
      },
    });
    if (spoiled === "hang") return;
    if (spoiled === undefined) {
      const answer = await post(body);
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      for await (const chunk of answer.body ?? []) response.write(chunk);
      response.end();
    } else if (isRaw(spoiled)) {
      response.writeHead(200, { "content-type": spoiled.type }).end(spoiled.raw);
    } else {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(spoiled));
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

function isRaw(spoiled: Json | { readonly raw: string; readonly type: string }): spoiled is {
  readonly raw: string;
  readonly type: string;
} {
  return "raw" in spoiled && "type" in spoiled;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // The caller left in the middle of its request.
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): Json {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
