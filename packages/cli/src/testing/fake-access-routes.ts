import type { IncomingMessage, ServerResponse } from "node:http";
import { KEY_TEXT, type FakeAccess } from "./sample-access.ts";

/** Answers the routes about sign-in, keys, shares, leases and credentials; false when the route is another one. */
export function answerAccess(state: FakeAccess, request: IncomingMessage, response: ServerResponse): boolean {
  const { method = "GET", headers } = request;
  const { pathname } = new URL(request.url ?? "/", "http://ratd");
  const send = (status: number, value?: unknown): true => {
    response.writeHead(status, {
      "content-type": status < 400 ? "application/json" : "application/problem+json",
    });
    response.end(value === undefined ? undefined : JSON.stringify(value));
    return true;
  };
  if (pathname === "/api/v1/login") return send(200, state.login);
  const shown = headers["x-api-key"] ?? headers.authorization?.replace(/^Bearer /u, "");
  if (state.accepted !== undefined && pathname.startsWith("/api/")) {
    const known = typeof shown === "string" && state.accepted.has(shown);
    if (!known) return send(401, { code: "unauthenticated", title: "Not signed in", detail: "No." });
  }
  if (state.refusal !== undefined && pathname.startsWith("/api/")) {
    return send(state.refusal.status, { title: "Refused", ...state.refusal });
  }
  if (pathname === "/api/v1/me") return send(200, state.me);
  const page = { next_cursor: null };
  const [, , , area = "", ...rest] = pathname.split("/");
  const [key] = state.keys;
  const [grant] = state.grants;
  const [lease] = state.leases;
  switch (`${method} ${[area, ...rest].slice(0, 2).join("/")}`) {
    case "POST access/check":
      return send(200, { results: [{ allowed: state.allowed, reason: "because" }] });
    case "POST access/explain":
      return send(200, state.explanation);
    case "GET access/keys":
      return rest.length === 1 ? send(200, { keys: state.keys, ...page }) : send(200, key);
    case "POST access/keys":
      return send(201, { ...key, key: KEY_TEXT });
    case "DELETE access/keys":
      return send(204);
    case "GET sharing":
      return send(200, { grants: state.grants, total: state.grants.length });
    case "GET sharing/received":
      return send(200, { grants: state.grants, ...page });
    case "POST sharing":
      return send(201, grant);
    case "POST sharing/transfer":
      return send(200, { transferred: true });
    case "GET leases":
      return send(200, { leases: state.leases, ...page });
    case "POST credentials":
      return send(200, state.credentials);
  }
  if (area === "sharing" && method === "DELETE") return send(204);
  if (area !== "leases") return false;
  if (method === "GET") return send(200, lease);
  return send(200, { lease: { ...lease, state: "revoked" }, ended: state.ends });
}
