import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endProcess, has, startProcess } from "./helper.ts";
import { unusedPort } from "./ports.ts";
import { answered, newDirectory } from "./ratd.ts";

/** Says in the table why there is no figure. */
export const NO_NGINX = "nginx: not installed";

/** How to start nginx. */
export interface NginxOptions {
  /** Port of the server that auth_request asks about /me. */
  readonly authPort?: number;
  /** Whether it writes an access log, as it does unless told otherwise. */
  readonly log: boolean;
  /** Body of /me, which auth_request guards, and of /cached, which proxy_cache keeps for each token. */
  readonly body: string;
}

/** nginx with one worker. */
export class Nginx implements AsyncDisposable {
  readonly port: number;
  readonly #parts: AsyncDisposableStack;

  private constructor(port: number, parts: AsyncDisposableStack) {
    this.port = port;
    this.#parts = parts;
  }

  static get installed(): boolean {
    return has("nginx");
  }

  static async start(options: NginxOptions): Promise<Nginx> {
    await using parts = new AsyncDisposableStack();
    const directory = await newDirectory();
    parts.defer(() => rm(directory, { recursive: true, force: true }));
    const port = await unusedPort();
    await mkdir(join(directory, "files"));
    await writeFile(join(directory, "files", "me"), options.body);
    await writeFile(join(directory, "files", "open"), "open");
    const ports = { listen: port, origin: await unusedPort(), auth: options.authPort ?? 1 };
    await writeFile(join(directory, "nginx.conf"), configuration(directory, ports, options.log));
    const child = startProcess({
      place: "under-test",
      command: [
        "nginx",
        "-p",
        directory,
        "-c",
        join(directory, "nginx.conf"),
        "-e",
        join(directory, "error.log"),
      ],
    });
    parts.defer(() => endProcess(child));
    await answered(port, "/open", child);
    return new Nginx(port, parts.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

interface Ports {
  readonly listen: number;
  /** Where proxy_cache gets what it does not have. */
  readonly origin: number;
  readonly auth: number;
}

function configuration(directory: string, ports: Ports, log: boolean): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  return `daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
events { worker_connections 1024; }
http {
  ${temporary.join("\n  ")}
  access_log ${log ? `${directory}/access.log` : "off"};
  keepalive_requests 100000000;
  default_type application/json;
  open_file_cache max=16;
  upstream auth { server 127.0.0.1:${ports.auth}; keepalive 128; keepalive_requests 100000000; }
  proxy_cache_path ${directory}/cache keys_zone=answers:1m;
  server {
    listen 127.0.0.1:${ports.origin};
    access_log off;
    root ${directory}/files;
  }
  server {
    listen 127.0.0.1:${ports.listen};
    root ${directory}/files;
    location = /open { }
    location = /cached {
      proxy_pass http://127.0.0.1:${ports.origin}/me;
      proxy_cache answers;
      proxy_cache_key $uri$http_authorization;
      proxy_cache_valid 200 10m;
    }
    location = /me { auth_request /auth; }
    location = /auth {
      internal;
      proxy_pass http://auth/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }
  }
}
`;
}
