// Bare node:http: a small JSON answer to everything.
import { createServer } from "node:http";
import { portOf } from "../support/ports.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

const { port } = readSpecification({ port: 0 });
const server = createServer((_request, response) => {
  response
    .writeHead(200, { "content-type": "application/json", "content-length": 17 })
    .end('{"hello":"world"}');
});
server.listen(port, "127.0.0.1", () => tellReady(portOf(server.address())));
