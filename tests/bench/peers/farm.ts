// Many plugins in one process: each port answers HealthCheck and Describe over Connect on HTTP/1.1, with bytes made once.
// They stand for plugins on machines of their own, so the less they cost, the less they distort.
import { once } from "node:events";
import { createServer } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { DescribeResponseSchema, HealthCheckResponseSchema, PluginService } from "@rat/contracts/plugin";
import { portOf } from "../support/ports.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

const { count, hanging } = readSpecification({ count: 1, hanging: 0 });
const answers = new Map([
  [
    `/${PluginService.typeName}/HealthCheck`,
    Buffer.from(
      toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, { status: "healthy" })),
    ),
  ],
  [
    `/${PluginService.typeName}/Describe`,
    Buffer.from(
      toBinary(
        DescribeResponseSchema,
        create(DescribeResponseSchema, { name: "bench", version: "1.0.0", contracts: ["rat.auth.v1"] }),
      ),
    ),
  ],
]);
const ports: number[] = [];
for (let index = 0; index < count; index++) {
  const hangs = index >= count - hanging;
  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
    request.resume();
    if (hangs) return;
    const answer = answers.get(request.url ?? "");
    response.writeHead(answer === undefined ? 404 : 200, {
      "content-type": "application/proto",
      "content-length": answer?.length ?? 0,
    });
    response.end(answer);
  });
  server.listen(0, "127.0.0.1", 1024);
  await once(server, "listening");
  ports.push(portOf(server.address()));
}
tellReady(ports);
