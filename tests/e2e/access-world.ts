import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { CliProcess } from "../support/cli-process.ts";
import { freePort } from "../support/free-port.ts";
import { Moto } from "../support/moto.ts";
import { LOGIN_CLIENT, OpenidTestProvider, RESOURCE, SERVICE_CLIENT } from "../support/openid-provider.ts";
import { PluginProcess } from "../support/plugin-process.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { RatdProcess } from "../support/ratd-process.ts";
import { call, type CallResult } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

/** The slots of infra/rat.access.yaml, each with the service that fills it. */
export const SERVICES = {
  auth: "auth-keycloak",
  sharing: "sharing-plugin",
  enforcement: "enforcement-plugin",
  cloud: "cloud-aws",
} as const;
export type AccessSlot = keyof typeof SERVICES;

export type Account = "alice" | "bob";

/** What of rat.access.yaml the tests change: where things are, not how they work. */
interface AccessYaml {
  readonly runs: { readonly credentials: object };
  readonly role_permissions: object;
  readonly plugins: Readonly<Record<AccessSlot, { readonly config: object }>>;
}

/** How `rat` ended. */
export interface Outcome {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The overlay of infra/rat.access.yaml as processes: ratd with its runner, the four plugins, a provider, and AWS by moto. */
export class AccessWorld implements AsyncDisposable {
  readonly url: string;
  readonly moto: Moto;
  readonly plugins: Readonly<Record<AccessSlot, PluginProcess>>;
  readonly #homes: Readonly<Record<Account, string>>;
  readonly #provider: OpenidTestProvider;
  readonly #stack: AsyncDisposableStack;

  private constructor(from: Pick<AccessWorld, "url" | "moto" | "plugins">, hidden: Hidden) {
    this.url = from.url;
    this.moto = from.moto;
    this.plugins = from.plugins;
    this.#homes = hidden.homes;
    this.#provider = hidden.provider;
    this.#stack = hidden.stack;
  }

  /** `onDown` is for all slots; default: what the file says. */
  static async open({ onDown }: { readonly onDown?: "noop" } = {}): Promise<AccessWorld> {
    await using stack = new AsyncDisposableStack();
    const provider = stack.use(await OpenidTestProvider.start());
    const moto = stack.use(await Moto.start());
    const grants = { database_url: stack.use(await createTestDatabase()).connectionString };
    const elsewhere: Readonly<Record<AccessSlot, object>> = {
      auth: {
        issuer: provider.issuer,
        keycloak_url: undefined,
        realm: undefined,
        client_id: SERVICE_CLIENT.id,
        client_secret: SERVICE_CLIENT.secret,
        login_client_id: LOGIN_CLIENT,
        login_scopes: ["openid", "offline_access"],
        login_resource: RESOURCE,
      },
      sharing: grants,
      enforcement: grants,
      cloud: {
        region: "us-east-1",
        role_arn: "arn:aws:iam::123456789012:role/rat-data-access",
        endpoint: moto.url,
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret_access_key: "the secret of ratd's own user",
      },
    };
    const file = parse(
      readFileSync(new URL("../../infra/rat.access.yaml", import.meta.url), "utf8"),
    ) as AccessYaml;
    const plugins = {} as Record<AccessSlot, PluginProcess>;
    const entries: Record<string, object> = {};
    for (const [slot, service] of Object.entries(SERVICES) as [AccessSlot, string][]) {
      plugins[slot] = stack.use(new PluginProcess(`services/${service}/src/main.ts`, await freePort()));
      await plugins[slot].start();
      const entry = file.plugins[slot];
      entries[slot] = {
        ...entry,
        health: { interval: "1s" },
        address: plugins[slot].address,
        ...(onDown === undefined ? {} : { on_down: onDown }),
        config: { ...entry.config, ...elsewhere[slot] },
      };
    }
    const database = stack.use(await createTestDatabase());
    const { credentials } = file.runs;
    const ratd = stack.use(
      new RatdProcess({
        env: { DATABASE_URL: database.connectionString },
        yaml: { runs: { credentials }, role_permissions: file.role_permissions, plugins: entries },
      }),
    );
    const url = await ratd.url();
    const homes = {
      alice: await mkdtemp(join(tmpdir(), "rat-alice-")),
      bob: await mkdtemp(join(tmpdir(), "rat-bob-")),
    };
    stack.defer(async () => {
      for (const home of Object.values(homes)) await rm(home, { recursive: true });
    });
    await until(
      async () => {
        const { json } = await call(url, "/health");
        const slots = Object.entries(json["slots"] as Record<string, { state: string }>);
        const serving = slots.filter(([, { state }]) => state === "active").length;
        const { runner } = json["services"] as Record<string, string>;
        return serving === Object.keys(SERVICES).length && runner === "healthy";
      },
      { timeoutMs: 60_000, what: "the four plugins and the runner" },
    );
    return new AccessWorld({ url, moto, plugins }, { homes, provider, stack: stack.move() });
  }

  /** Runs `rat` as a person. */
  async rat(who: Account, ...words: readonly string[]): Promise<Outcome> {
    return ended(this.#start(who, words));
  }

  /** Runs `rat login` and approves it in a browser. */
  async signIn(who: Account): Promise<Outcome> {
    const command = this.#start(who, ["login", "--addr", this.url]);
    const page = await until(() => /http\S+user_code=\S+/.exec(command.stderr)?.[0], { timeoutMs: 20_000 });
    await this.#provider.approve(page, who);
    return ended(command);
  }

  /** A call of the HTTP API with the token that `rat login` keeps. */
  as(
    who: Account,
    path: string,
    options: { readonly body?: object; readonly method?: string } = {},
  ): Promise<CallResult> {
    const kept = parse(readFileSync(join(this.#homes[who], "contexts.yaml"), "utf8")) as object;
    const token = /"access_token":"([^"]+)"/.exec(JSON.stringify(kept))?.[1] ?? "";
    return call(this.url, path, { ...options, token });
  }

  /** Kills the plugin of a slot; resolves when ratd has noticed. */
  async kill(slot: AccessSlot, state: "denying" | "fallback"): Promise<void> {
    await this.plugins[slot].kill();
    await this.#reach(slot, state);
  }

  async revive(slot: AccessSlot): Promise<void> {
    await this.plugins[slot].start();
    await this.#reach(slot, "active");
  }

  async #reach(slot: AccessSlot, state: string): Promise<void> {
    const now = async () =>
      ((await call(this.url, "/health")).json["slots"] as Record<string, { state: string }>)[slot]?.state;
    await until(async () => (await now()) === state, { timeoutMs: 30_000, what: `${slot} to be ${state}` });
  }

  #start(who: Account, words: readonly string[]): CliProcess {
    return new CliProcess("", words, { env: { RAT_CONFIG_HOME: this.#homes[who] } });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

interface Hidden {
  readonly homes: Readonly<Record<Account, string>>;
  readonly provider: OpenidTestProvider;
  readonly stack: AsyncDisposableStack;
}

async function ended(command: CliProcess): Promise<Outcome> {
  const exit = await command.exit;
  return { exit, stdout: command.stdout, stderr: command.stderr };
}
