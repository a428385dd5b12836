// Makes the cluster on the first start, as the official image does, then becomes the server.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const {
  PGDATA,
  POSTGRES_USER = "postgres",
  POSTGRES_DB = POSTGRES_USER,
  POSTGRES_PASSWORD_FILE,
} = process.env;
const run = (program, args, input) =>
  execFileSync(program, args, { stdio: ["pipe", "inherit", "inherit"], input });

if (!existsSync(join(PGDATA, "PG_VERSION"))) {
  if (POSTGRES_PASSWORD_FILE === undefined) throw new Error("set POSTGRES_PASSWORD_FILE");
  readFileSync(POSTGRES_PASSWORD_FILE);
  mkdirSync(PGDATA, { recursive: true, mode: 0o700 });
  run("initdb", [
    `--pgdata=${PGDATA}`,
    `--username=${POSTGRES_USER}`,
    `--pwfile=${POSTGRES_PASSWORD_FILE}`,
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
  ]);
  writeFileSync(join(PGDATA, "pg_hba.conf"), "local all all trust\nhost all all all scram-sha-256\n");
  run("postgres", ["--single", "-D", PGDATA, "postgres"], `CREATE DATABASE "${POSTGRES_DB}"\n`);
}
const server = spawn(
  "postgres",
  ["-D", PGDATA, "-c", "listen_addresses=*", "-c", "unix_socket_directories=/var/run/postgresql"],
  { stdio: "inherit" },
);
for (const signal of ["SIGINT", "SIGTERM", "SIGQUIT"]) process.on(signal, () => server.kill(signal));
server.on("exit", (code) => process.exit(code ?? 1));
