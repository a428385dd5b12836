// Bare Fastify: one route, a small JSON answer.
import { bareFastify, portOfUrl } from "../support/fastify.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

const { port } = readSpecification({ port: 0 });
const app = bareFastify();
app.get("/", () => ({ hello: "world" }));
tellReady(portOfUrl(await app.listen({ host: "127.0.0.1", port })));
