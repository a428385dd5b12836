// The least that Node.js can do here: node:http, and one call of undici for each request. Nothing is routed, limited,
// logged, counted, timed out or mapped.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AuthService } from "@rat/contracts/auth";
import { portOf } from "../support/ports.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

/** What this peer uses of undici's Client. */
interface Client {
  dispatch(request: object, handler: object): void;
}

const { pluginPort } = readSpecification({ pluginPort: 0 });
const { authenticate } = AuthService.method;
const path = `/${AuthService.typeName}/${authenticate.name}`;
const ratd = createRequire(new URL("../../../services/ratd/package.json", import.meta.url));
const { Client } = ratd("undici") as { Client: new (origin: string) => Client };
/** A connection carries one call at a time. */
const idle: Client[] = [];

class Call {
  readonly #client: Client;
  readonly #answered: (body: Uint8Array) => void;
  #body = new Uint8Array();

  constructor(client: Client, answered: (body: Uint8Array) => void) {
    this.#client = client;
    this.#answered = answered;
  }

  onRequestStart(): void {
    // Part of undici's interface.
  }

  onResponseStart(): void {
    // Status and headers are what they always are.
  }

  /** The answers here are so small that each comes in one piece. */
  onResponseData(_controller: unknown, chunk: Uint8Array<ArrayBuffer>): void {
    this.#body = chunk;
  }

  onResponseEnd(): void {
    idle.push(this.#client);
    this.#answered(this.#body);
  }

  onResponseError(_controller: unknown, error: Error): void {
    throw error;
  }
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
  const body = toBinary(authenticate.input, create(authenticate.input, { token }));
  const client = idle.pop() ?? new Client(`http://127.0.0.1:${pluginPort}`);
  const headers = ["content-type", "application/proto", "connect-protocol-version", "1"];
  const call = new Call(client, (answer) => {
    const { userId, email, roles } = fromBinary(authenticate.output, answer);
    const text = JSON.stringify({ user_id: userId, email, roles });
    const length = String(Buffer.byteLength(text));
    response.writeHead(200, ["content-type", "application/json", "content-length", length]).end(text);
  });
  client.dispatch({ path, method: "POST", headers, body }, call);
});
server.listen(0, "127.0.0.1", () => tellReady(portOf(server.address())));
