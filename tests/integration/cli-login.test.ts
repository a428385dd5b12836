import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bootstrapKey } from "../support/api-keys.ts";
import { CliProcess, type CliSurroundings } from "../support/cli-process.ts";
import { LOGIN_CLIENT, OpenidTestProvider, RESOURCE, SERVICE_CLIENT } from "../support/openid-provider.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { RatdProcess } from "../support/ratd-process.ts";
import { until } from "../support/until.ts";
import { startEnforcement, startSharing } from "./access-plugins.ts";
import { startPlugin } from "./sdk-process.ts";

/** Long enough to use a token on a busy machine, short enough to see it end. */
const LIFETIME_SECONDS = 10;

/** Each test signs people in at the pace of the provider, 5 s a look, and starts some twenty processes. */
const TIMEOUT_MS = 180_000;

interface Outcome {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A ratd with real plugins of auth, sharing and enforcement, and a person with `rat` and an empty home. */
interface World {
  readonly provider: OpenidTestProvider;
  readonly ratd: RatdProcess;
  readonly url: string;
  /** Folder of the person. */
  readonly home: string;
  /** Starts `rat`, without an address unless the surroundings name one. */
  start(words: readonly string[], surroundings?: CliSurroundings): CliProcess;
  /** Runs `rat` to its end. */
  rat(...words: readonly string[]): Promise<Outcome>;
  ended(command: CliProcess): Promise<Outcome>;
  /** Runs `rat login` and approves it in the browser, as a person. */
  signIn(account: "alice" | "bob"): Promise<Outcome>;
  /** One value in the file of contexts. */
  saved(key: string): Promise<string>;
  /** Everything that every `rat`, ratd and the plugins have said. */
  said(): string;
}

async function openWorld(): Promise<World> {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const database = stack.use(await createTestDatabase());
  const plugins = await createTestDatabase();
  stack.use(plugins);
  const provider = stack.use(await OpenidTestProvider.start({ lifetimeSeconds: LIFETIME_SECONDS }));
  const config = {
    issuer: provider.issuer,
    client_id: SERVICE_CLIENT.id,
    client_secret: SERVICE_CLIENT.secret,
    login_client_id: LOGIN_CLIENT,
    login_scopes: ["openid", "offline_access"],
    login_resource: RESOURCE,
    clock_skew_seconds: 0,
  };
  const auth = await startPlugin("services/auth-keycloak/src/main.ts", {
    RAT_PLUGIN_CONFIG: JSON.stringify(config),
    RAT_LOG_LEVEL: "debug",
  });
  const sharing = await startSharing(plugins.connectionString);
  await sharing.health("healthy");
  const enforcement = await startEnforcement({
    database_url: plugins.connectionString,
    admin_roles: ["root"],
  });
  const plugin = ({ url }: { readonly url: string }, name: string): object => ({
    image: `rat/${name}:0.1.0`,
    address: new URL(url).host,
    on_down: "deny",
    health: { interval: "1s" },
  });
  const ratd = stack.use(
    new RatdProcess({
      env: { DATABASE_URL: database.connectionString },
      yaml: {
        plugins: {
          auth: plugin(auth, "auth-keycloak"),
          sharing: plugin(sharing, "sharing-plugin"),
          enforcement: plugin(enforcement, "enforcement-plugin"),
        },
        role_permissions: { admin: ["access:read"] },
      },
    }),
  );
  const url = await ratd.url();
  const home = await mkdtemp(join(tmpdir(), "rat-home-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));

  const spoken: string[] = [];
  const commands: CliProcess[] = [];
  const start: World["start"] = (words, { env, ...more } = {}) => {
    const command = new CliProcess("", words, { env: { RAT_CONFIG_HOME: home, ...env }, ...more });
    commands.push(command);
    spoken.push(words.join(" "));
    return command;
  };
  const ended: World["ended"] = async (command) => {
    const exit = await command.exit;
    return { exit, stdout: command.stdout, stderr: command.stderr };
  };
  await until(async () => (await ended(start(["doctor", "--addr", url]))).exit === 0, {
    timeoutMs: 30_000,
    what: "ratd with its plugins",
  });
  return {
    provider,
    ratd,
    url,
    home,
    start,
    ended,
    rat: (...words) => ended(start(words)),
    async signIn(account) {
      const command = start(["login", "--addr", url]);
      const page = await until(() => /http\S+user_code=\S+/.exec(command.stderr)?.[0], { timeoutMs: 20_000 });
      await provider.approve(page, account);
      return ended(command);
    },
    async saved(key) {
      const text = await readFile(join(home, "contexts.yaml"), "utf8");
      return new RegExp(`^ +${key}: (.*)$`, "m").exec(text)?.[1] ?? "";
    },
    said: () =>
      [
        ...spoken,
        ...commands.flatMap(({ stdout, stderr }) => [stdout, stderr]),
        ratd.stdout,
        ratd.stderr,
        ...[auth, sharing, enforcement].map((one) => one.log()),
      ].join("\n"),
  };
}

test(
  "a person signs in by a browser, stays signed in beyond the end of the token, and signs out",
  async () => {
    const world = await openWorld();
    const { rat, saved } = world;
    const login = await world.signIn("alice");
    expect(login).toMatchObject({ exit: 0, stdout: expect.stringContaining("alice@example.com") });
    expect((await stat(join(world.home, "contexts.yaml"))).mode & 0o777).toBe(0o600);
    const who = JSON.parse((await rat("whoami", "-o", "json")).stdout) as Record<string, unknown>;
    expect(who).toMatchObject({
      user_id: "alice",
      email: "alice@example.com",
      roles: ["admin", "editor"],
      auth_mode: "plugin",
      context: "127.0.0.1",
      address: world.url,
    });
    expect(who["scopes"]).toContain("access:read");
    const secrets = [await saved("access_token"), await saved("refresh_token")];

    // The end of the token passes, and several rat notice it at once. The provider takes a refresh token only once.
    const end = Date.parse(await saved("expires_at"));
    await until(() => Date.now() > end, { timeoutMs: 20_000, what: "the end of the token" });
    const crowd = await Promise.all([rat("slots", "list"), rat("whoami"), rat("access", "keys", "list")]);
    expect(crowd.map(({ exit }) => exit)).toEqual([0, 0, 0]);
    secrets.push(await saved("access_token"), await saved("refresh_token"));
    expect(new Set(secrets).size).toBe(4);

    // A token that ratd refuses is renewed as well.
    const file = join(world.home, "contexts.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(
      file,
      text.replaceAll(/access_token: .*/g, "access_token: stale").replaceAll(/ +renew_at: .*\n/g, ""),
    );
    expect(await rat("whoami", "-o", "name", "--debug")).toMatchObject({ exit: 0, stdout: "alice\n" });
    secrets.push(await saved("access_token"), await saved("refresh_token"));
    expect(new Set(secrets).size).toBe(6);

    expect(await rat("doctor")).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining("the session is renewed by itself"),
    });
    expect(await rat("plugin", "list")).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining("rat access keys create --name NAME --scope plugins:read"),
    });
    const last = await saved("refresh_token");
    expect(await rat("logout")).toMatchObject({ exit: 2 });
    expect(await rat("logout", "--yes", "-o", "json")).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('"revoked":true'),
    });
    await expect(world.provider.refresh(last)).rejects.toThrow("invalid_grant");
    expect(await rat("whoami")).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining("Sign in: rat login"),
    });
    expect(await readFile(file, "utf8")).not.toContain("credential");
    expect(secrets.concat(last).filter((secret) => world.said().includes(secret))).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a session whose grant ended at the provider says so",
  async () => {
    const world = await openWorld();
    await world.signIn("bob");
    await world.provider.revoke(await world.saved("refresh_token"));
    const end = Date.parse(await world.saved("expires_at"));
    await until(() => Date.now() > end, { timeoutMs: 20_000, what: "the end of the token" });
    const { exit, stderr } = await world.rat("whoami");
    expect(exit).toBe(4);
    expect(stderr).toContain("refuses: invalid_grant");
    expect(stderr).toContain("Sign in anew: rat login --context 127.0.0.1");
    expect((await world.rat("doctor")).exit).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  "API keys are made, used, rotated and revoked, and show up nowhere",
  async () => {
    const world = await openWorld();
    const { rat, home, url } = world;
    const bootstrap = await bootstrapKey(join(world.ratd.directory, ".rat"));
    const kept = world.start(["login", "--addr", url, "--api-key", "-"], { input: `${bootstrap}\n` });
    expect(await world.ended(kept)).toMatchObject({ exit: 0 });
    expect((await rat("doctor")).stdout).toContain("you work with the bootstrap key");

    const scopes = ["--scope", "runs:read", "--scope", "keys:own", "--scope", "self"];
    const file = join(home, "ci.key");
    const words = ["access", "keys", "create", "--name", "ci", "--user", "ci", ...scopes, "--expires", "10d"];
    expect(await rat(...words, "--save", file)).toMatchObject({ exit: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const first = (await readFile(file, "utf8")).trim();
    const id = first.split("_")[1] ?? "";

    const asKey = (key: string, ...line: readonly string[]) =>
      world.ended(world.start([...line, "--addr", url], { env: { RAT_API_KEY: key } }));
    const me = JSON.parse((await asKey(first, "whoami", "-o", "json")).stdout) as Record<string, unknown>;
    expect(me).toMatchObject({ user_id: "ci", auth_mode: "api_key", key_id: id, known_by: "RAT_API_KEY" });
    expect((await asKey(first, "doctor")).stdout).toContain("! the API key ends at");
    expect(await asKey(first, "slots", "list")).toMatchObject({
      exit: 4,
      stderr: expect.stringContaining("--scope slots:read"),
    });

    expect(await rat("access", "keys", "rotate", id, "--yes", "--save", file)).toMatchObject({ exit: 0 });
    const second = (await readFile(file, "utf8")).trim();
    expect(second).not.toBe(first);
    await until(async () => (await asKey(first, "whoami")).exit === 4, { timeoutMs: 10_000 });
    expect((await asKey(second, "whoami", "-o", "name")).stdout).toBe("ci\n");

    expect(await rat("access", "keys", "revoke", id)).toMatchObject({ exit: 2 });
    expect(await rat("access", "keys", "revoke", id, "--yes")).toMatchObject({ exit: 0 });
    await until(async () => (await asKey(second, "whoami")).exit === 4, { timeoutMs: 10_000 });
    expect((await rat("access", "keys", "list", "-o", "json")).stdout).toContain(`"id":"${id}"`);
    for (const secret of [bootstrap, first, second]) {
      expect(world.said()).not.toContain(secret);
      expect(world.said()).not.toContain(secret.split("_")[2]);
    }
  },
  TIMEOUT_MS,
);

test(
  "what is shared is allowed, what is taken back is not, and rat says why",
  async () => {
    const world = await openWorld();
    const { rat, url } = world;
    await world.signIn("alice");
    expect(await rat("namespace", "create", "sales")).toMatchObject({ exit: 0 });
    const { access_token: token } = await world.provider.signIn("bob");
    const asBob = (...words: readonly string[]) =>
      world.ended(world.start([...words, "--addr", url], { env: { RAT_TOKEN: token } }));
    const question = ["access", "check", "read", "namespace", "sales"];
    expect(await asBob(...question)).toMatchObject({ exit: 1, stdout: expect.stringContaining("✗ denied") });

    const added = await rat(
      "access",
      "shares",
      "add",
      "namespace",
      "sales",
      "--user",
      "bob",
      "--permission",
      "read",
    );
    expect(added).toMatchObject({ exit: 0 });
    const grant = /rat access shares remove (\S+)/.exec(added.stderr)?.[1] ?? "";
    expect((await rat("access", "shares", "list", "namespace", "sales", "-o", "name")).stdout).toBe(
      `${grant}\n`,
    );

    const why = await rat(...question, "--user", "bob");
    expect(why.exit).toBe(0);
    expect(why.stdout).toContain("owner alice");
    expect(why.stdout).toContain(`✓ read by grant (grant ${grant}, by alice)`);
    expect(why.stdout).toContain("enforcement, active, served by the plugin");
    expect((await rat("access", "check", "write", "namespace", "sales", "--user", "bob")).exit).toBe(1);
    expect((await rat("access", "shares", "received", "--user", "bob", "-o", "name")).stdout).toBe(
      `${grant}\n`,
    );

    expect(await rat("access", "shares", "remove", grant, "--yes")).toMatchObject({ exit: 0 });
    expect((await rat(...question, "--user", "bob")).exit).toBe(1);
    expect((await rat("access", "shares", "list", "namespace", "sales", "-o", "name")).stdout).toBe("");
    expect((await rat("access", "shares", "list", "namespace", "sales", "--ended")).stdout).toContain(
      "taken back",
    );

    const moved = await rat("access", "shares", "transfer", "namespace", "sales", "--to", "bob");
    expect(moved).toMatchObject({ exit: 0, stderr: expect.stringContaining("--to alice --from bob") });
    expect((await rat(...question, "--user", "bob")).stdout).toContain("owner bob");
    expect(world.said()).not.toContain(token);
  },
  TIMEOUT_MS,
);
