import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openApiDocument } from "../../services/ratd/src/http/openapi.ts";
import { API_ROUTES } from "../../services/ratd/src/http/routes.ts";
import { holds, SCOPES, type Scope } from "../../services/ratd/src/scopes.ts";
import { insertApiKey } from "../support/api-keys.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";

let database: TestDatabase;
let ratd: TestRatd;
let operations: readonly { readonly method: string; readonly path: string }[];

beforeAll(async () => {
  database = await createTestDatabase();
  // The limits of operators are another test's.
  const principal = { list: 0, get: 0, write: 0 };
  ratd = await startTestRatd(database.connectionString, { limits: { principal } });
  const { paths } = (await openApiDocument(API_ROUTES)) as { paths: Record<string, Record<string, object>> };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
});
afterAll(async () => {
  await ratd[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** Paths of the API with something in each place, of the form that the route demands. */
function filled(path: string): string {
  return path
    .replace("{grant_id}", "g1")
    .replace("/keys/{id}", "/keys/0123456789abcdef")
    .replace("/leases/{id}", `/leases/lse_${"0".repeat(28)}`)
    .replace("/runs/{id}", `/runs/${"0".repeat(26)}`)
    .replace("{layer}", "bronze")
    .replaceAll(/\{(namespace|name)\}/g, "x")
    .replace("{version}", "1")
    .replaceAll(/\{[^}]*\}/g, "x");
}

async function outcome(key: string, { method, path }: { method: string; path: string }): Promise<string> {
  const controller = new AbortController();
  const response = await fetch(new URL(filled(path), ratd.url), {
    method,
    headers: { "x-api-key": key, "content-type": "application/json" },
    signal: controller.signal,
    ...(method === "GET" ? {} : { body: "{}" }),
  });
  // The event stream has no end.
  const isStream = response.headers.get("content-type")?.includes("event-stream") === true;
  const text = isStream ? "" : await response.text();
  controller.abort();
  const code = /"code":"([a-z_]+)"/.exec(text)?.[1];
  if (code === "scope_missing") return "missing";
  // Webhooks verify by themselves.
  return response.status === 401 && !path.includes("webhooks") ? "401" : "let through";
}

describe("the scopes", () => {
  it("open just the routes that name them, one by one", { timeout: 120_000 }, async () => {
    const table = new Map<string, Scope[]>();
    for (const scope of SCOPES) {
      const key = await insertApiKey(database.connectionString, { scopes: [scope] });
      const results = await Promise.all(
        operations.map(async (operation) => [operation, await outcome(key, operation)] as const),
      );
      for (const [{ method, path }, result] of results) {
        expect(["missing", "let through"], `${method} ${path} with ${scope}`).toContain(result);
        const row = `${method} ${path}`;
        table.set(row, [...(table.get(row) ?? []), ...(result === "let through" ? [scope] : [])]);
      }
    }
    await expect(render(table)).toMatchFileSnapshot("../../docs/reference/route-scopes.md");
  });

  it("of two open what each of them opens", () => {
    for (const one of SCOPES) {
      for (const other of SCOPES) {
        const both = new Set<Scope>([one, other]);
        for (const needed of SCOPES) {
          expect(holds(both, needed)).toBe(holds(new Set([one]), needed) || holds(new Set([other]), needed));
        }
      }
    }
  });
});

/** The page docs/reference/route-scopes.md. */
function render(table: ReadonlyMap<string, readonly Scope[]>): string {
  const rows = [...table].map(([route, scopes]) => {
    const open = scopes.length === SCOPES.length;
    return `| \`${route}\` | ${open ? "open, or verifies by itself" : scopes.map((scope) => `\`${scope}\``).join(", ")} |`;
  });
  return [
    "# Scopes of the routes",
    "",
    "Which scopes open which route; any one of those named suffices. Written by tests/integration/scopes.test.ts, which calls",
    "every route with a key of every single scope. What the scopes mean is in [access](../explanation/access.md#scopes).",
    "",
    "| Route | Scopes |",
    "| --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
