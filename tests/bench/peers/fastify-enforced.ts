// What one would write without ratd: Fastify, and for each request the two calls that ratd makes, with plain connect-node
// clients. /check answers with the decision. /pipeline reads what ratd reads, with the same number of statements.
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AuthService } from "@rat/contracts/auth";
import { EnforcementService } from "@rat/contracts/enforcement";
import { Pool } from "pg";
import { bareFastify, portOfUrl, type MinimalRequest } from "../support/fastify.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

const { authPort, enforcementPort, databaseUrl, pipeline } = readSpecification({
  authPort: 0,
  enforcementPort: 0,
  databaseUrl: "",
  pipeline: ["namespace", "layer", "name"],
});
/** How long each call may take, as ratd has it, milliseconds. */
const TIMEOUT_MS = 10_000;
const transport = (port: number) =>
  createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "1.1" });
const auth = createClient(AuthService, transport(authPort));
const enforcement = createClient(EnforcementService, transport(enforcementPort));
const pool = new Pool({ connectionString: databaseUrl, max: 10 });
const [namespace = "", layer = "", name = ""] = pipeline;

/** The two calls. */
async function demandAccess(
  request: MinimalRequest,
  resourceType: string,
  resourceId: string,
  around: { readonly ownerId?: string; readonly namespaceOwner?: string } = {},
): Promise<{ allowed: boolean; reason: string }> {
  const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
  const { userId, roles } = await auth.authenticate({ token }, { timeoutMs: TIMEOUT_MS });
  const { ownerId = "", namespaceOwner } = around;
  const ancestors =
    namespaceOwner === undefined
      ? []
      : [{ resourceType: "namespace", resourceId: namespace, ownerId: namespaceOwner }];
  const check = { userId, roles, action: "read", resourceType, resourceId, ownerId, ancestors };
  const { allowed, reason } = await enforcement.canAccess(check, { timeoutMs: TIMEOUT_MS });
  if (!allowed) throw new Error(reason);
  return { allowed, reason };
}

const app = bareFastify();
app.post("/check", (request) => {
  const { resource_type: resourceType, resource_id: resourceId } = readCheck(request.body);
  return demandAccess(request, resourceType, resourceId);
});
app.get("/pipeline", async (request) => {
  const key = [namespace, layer, name];
  const owners = await pool.query<{ pipeline: string; namespace: string }>(
    `SELECT p.owner AS pipeline, n.owner AS namespace FROM pipelines p JOIN namespaces n ON n.name = p.namespace
     WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL`,
    key,
  );
  const { pipeline: ownerId = "", namespace: namespaceOwner = "" } = owners.rows[0] ?? {};
  await demandAccess(request, "pipeline", key.join("/"), { ownerId, namespaceOwner });
  const found = await pool.query<object>(
    `SELECT v.*, p.* FROM pipelines p JOIN pipeline_versions v ON v.pipeline_id = p.id AND v.version = p.latest_version
     WHERE p.namespace = $1 AND p.layer = $2 AND p.name = $3 AND p.deleted_at IS NULL`,
    key,
  );
  return found.rows[0];
});
tellReady(portOfUrl(await app.listen({ host: "127.0.0.1", port: 0 })));

function readCheck(body: unknown): { readonly resource_type: string; readonly resource_id: string } {
  return body as ReturnType<typeof readCheck>;
}
