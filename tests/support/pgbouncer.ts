import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { TestDatabase } from "./postgres.ts";
import { until } from "./until.ts";
import { freePort } from "./free-port.ts";

const PROGRAM = "/usr/sbin/pgbouncer";

/** Whether pgbouncer is installed. */
export const hasPgBouncer = spawnSync(PROGRAM, ["--version"]).status === 0;

/** A pgbouncer in transaction mode before a database. */
export async function startPgBouncer(
  database: TestDatabase,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), "pgbouncer-"));
  const port = await freePort();
  const url = new URL(database.connectionString);
  const socketFolder = url.searchParams.get("host") ?? "";
  const settings = `[databases]
* = host=${socketFolder} user=${url.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
max_client_conn = 200
`;
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(file, settings);
  // It refuses to run as root, and must reach the socket: it runs as the owner of that.
  const asRoot = process.getuid?.() === 0;
  const { uid, gid } = statSync(socketFolder);
  if (asRoot) {
    chmodSync(folder, 0o755);
    for (const path of [folder, file]) chownSync(path, uid, gid);
  }
  const child = spawn(PROGRAM, [file], { stdio: "ignore", ...(asRoot ? { uid, gid } : {}) });
  url.search = "";
  url.host = `127.0.0.1:${port}`;
  await until(
    async () => {
      const client = new Client({ connectionString: url.href, connectionTimeoutMillis: 500 });
      client.on("error", () => undefined);
      await client.connect();
      await client.query("SELECT 1");
      await client.end();
      return true;
    },
    { what: "pgbouncer to answer" },
  );
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
