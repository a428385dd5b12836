import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { ExamplePlugin } from "./example-plugin.ts";
import { Ratd } from "./ratd.ts";

/** Connections of a load; each is a user of its own, so that ratd cannot answer several with one question. */
export const CONNECTIONS = 64;

/** Tokens of the users, as the load generator writes them: `{connection}` is the number of the connection. */
export const TOKEN = "bench-token-{connection}";

const START_LIMIT_MS = 20_000;
/** Nobody is held back: by address because the bound is out of reach, by principal because there is none. */
const LIMITS = { rate: 10_000_000, principal: { data_read: 0, data_write: 0 } };

/** The user of each connection, as hello-auth knows them. */
export const PEOPLE = Array.from({ length: CONNECTIONS }, (_, connection) => ({
  token: tokenOf(connection),
  user_id: `user-${connection}`,
  email: `user-${connection}@example.com`,
  roles: ["admin"],
}));

/** Asks the plugins each time. */
export const UNCACHED = { ttl: "0s" };

/** How a ratd of the rig differs. */
export interface AccessRatdOptions {
  /** The key `cache` of rat.yaml; default: what ratd does without it. */
  readonly cache?: object;
  /** Level of the log; `info` has the access log. */
  readonly level: "info" | "warn";
}

/** An auth and an enforcement plugin with a user for each connection, and as many ratd before them as wanted. */
export class AccessRig implements AsyncDisposable {
  readonly auth: ExamplePlugin;
  readonly enforcement: ExamplePlugin;
  readonly databaseUrl: string;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    rig: Pick<AccessRig, "auth" | "enforcement" | "databaseUrl">,
    parts: AsyncDisposableStack,
  ) {
    this.auth = rig.auth;
    this.enforcement = rig.enforcement;
    this.databaseUrl = rig.databaseUrl;
    this.#parts = parts;
  }

  static async start(databaseUrl: string): Promise<AccessRig> {
    await using parts = new AsyncDisposableStack();
    const auth = parts.use(await ExamplePlugin.start("hello-auth", { tokens: PEOPLE }));
    const enforcement = parts.use(await ExamplePlugin.start("hello-enforcement"));
    return new AccessRig({ auth, enforcement, databaseUrl }, parts.move());
  }

  /** Starts a ratd; resolves when both plugins serve. */
  async ratd({ cache, level }: AccessRatdOptions): Promise<Ratd> {
    const { auth, enforcement, databaseUrl } = this;
    const plugins = {
      auth: { image: "hello-auth", address: `127.0.0.1:${auth.port}` },
      enforcement: { image: "hello-enforcement", address: `127.0.0.1:${enforcement.port}` },
    };
    const yaml = { plugins, limits: LIMITS, log: { level }, ...(cache === undefined ? {} : { cache }) };
    const ratd = this.#parts.use(await Ratd.start({ databaseUrl, yaml }));
    await served(ratd);
    return ratd;
  }

  /** Makes a pipeline that nobody else has; answers its namespace, layer and name. */
  async pipeline(ratd: Ratd): Promise<readonly string[]> {
    const name = `bench-${randomBytes(4).toString("hex")}`;
    const response = await fetch(`http://127.0.0.1:${ratd.port}/api/v1/pipelines`, {
      method: "POST",
      headers: { authorization: `Bearer ${tokenOf(0)}`, "content-type": "application/json" },
      body: JSON.stringify({ layer: "bronze", name, kind: "command", spec: { argv: ["true"] } }),
    });
    if (response.status !== 201) throw new Error(`no pipeline: ${response.status} ${await response.text()}`);
    return ["default", "bronze", name];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

/** The token of one connection's user. */
export function tokenOf(connection: number): string {
  return TOKEN.replace("{connection}", String(connection));
}

/** Resolves when plugins serve both slots: until then ratd stands in for them, and would ask nobody. */
async function served(ratd: Ratd): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await serves(ratd))) {
    if (performance.now() > deadline) throw new Error("ratd does not reach the plugins");
    await setTimeout(20);
  }
}

async function serves({ port }: Ratd): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/features`);
  const flags: unknown = await response.json();
  return isRecord(flags) && flags["auth"] === true && flags["enforcement"] === true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
