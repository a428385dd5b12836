// The least that nginx auth_request can ask: 204 for a known token, 401 for anything else.
import { createServer } from "node:http";
import { portOf } from "../support/ports.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

const { tokens } = readSpecification<{ readonly tokens: readonly string[] }>({ tokens: [] });
const known = new Set(tokens.map((token) => `Bearer ${token}`));
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  response.writeHead(known.has(request.headers.authorization ?? "") ? 204 : 401).end();
});
server.listen(0, "127.0.0.1", () => tellReady(portOf(server.address())));
