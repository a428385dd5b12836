import {
  servePlugin,
  type PluginDefinition,
  type ServedPlugin,
  type Slot,
  type TSchema,
} from "@rat/plugin-sdk";
import { helloAuth } from "../../packages/plugin-sdk/examples/hello-auth.ts";
import { helloCloud } from "../../packages/plugin-sdk/examples/hello-cloud.ts";
import { enforcementPlugin } from "../../services/enforcement-plugin/src/enforcement-plugin.ts";
import { sharingPlugin } from "../../services/sharing-plugin/src/sharing-plugin.ts";
import type { Clock } from "../../services/ratd/src/platform/clock.ts";
import { LabExecutor } from "./lab-executor.ts";
import { createTestDatabase, type TestDatabase } from "./postgres.ts";
import { FAST } from "./run-lab.ts";
import { startTestRatd, type CallResult, type TestRatd } from "./test-ratd.ts";
import { until } from "./until.ts";

/** The people of a lab; their tokens are their names. Root has the role `admin`, carol the role `team`. */
const PEOPLE = ["alice", "bob", "carol", "dave", "root"] as const;
export type Person = (typeof PEOPLE)[number];
const ROLES: Partial<Record<Person, string>> = { root: "admin", carol: "team" };

/** How a ratd of a lab differs. */
export interface LabRatdOptions {
  readonly databaseUrl?: string;
  readonly clock?: Clock;
  /** Further keys of rat.yaml. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Further keys of single slots. */
  readonly slots?: Partial<Record<Slot, object>>;
}

/** The sharing and enforcement plugins on a database, people, an executor, a cloud, and as many ratd as a test wants. */
export class AccessLab implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly executor: LabExecutor;
  readonly plugins: Readonly<Record<"auth" | "sharing" | "enforcement" | "cloud", ServedPlugin>>;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    database: TestDatabase,
    executor: LabExecutor,
    plugins: AccessLab["plugins"],
    stack: AsyncDisposableStack,
  ) {
    this.database = database;
    this.executor = executor;
    this.plugins = plugins;
    this.#stack = stack;
  }

  static async start(): Promise<AccessLab> {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const executor = stack.use(await LabExecutor.start());
    const serve = async <S extends Slot, T extends TSchema>(plugin: PluginDefinition<S, T>, config: object) =>
      stack.use(await servePlugin(plugin, { port: 0, config, logLevel: "silent", signal: NEVER }));
    const grants = { database_url: database.connectionString };
    const plugins = {
      auth: await serve(helloAuth(), {
        tokens: PEOPLE.map((name) => ({
          token: name,
          user_id: name,
          roles: ROLES[name] === undefined ? [] : [ROLES[name]],
        })),
      }),
      sharing: await serve(sharingPlugin(), grants),
      enforcement: await serve(enforcementPlugin(), grants),
      cloud: await serve(helloCloud(), {}),
    };
    return new AccessLab(database, executor, plugins, stack.move());
  }

  /** Starts a ratd before all plugins; resolves when they serve. */
  async ratd({ databaseUrl, clock, more = {}, slots = {} }: LabRatdOptions = {}): Promise<TestRatd> {
    const plugins: Record<string, object> = { executor: { ...this.executor.entry, ...slots.executor } };
    for (const [slot, { port }] of Object.entries(this.plugins)) {
      const image = `rat/lab-${slot}:1`;
      plugins[slot] = { image, address: `127.0.0.1:${port}`, on_down: "deny", ...slots[slot as Slot] };
    }
    const yaml = { plugins, runs: FAST, ...more };
    const options = clock === undefined ? {} : { clock };
    const ratd = await startTestRatd(databaseUrl ?? this.database.connectionString, yaml, options);
    this.#stack.use(ratd);
    await until(async () => {
      const { json } = await ratd.call("/features");
      return ["auth", "sharing", "enforcement", "cloud"].every(
        (slot) => json[slot === "cloud" ? "cloud_aws" : slot],
      );
    });
    return ratd;
  }

  /** Makes a namespace of the owner's with a published pipeline `<namespace>/bronze/p`; answers the pipeline's id. */
  async pipeline(ratd: TestRatd, owner: Person, namespace: string): Promise<string> {
    await expectStatus(201, ratd.call("/api/v1/namespaces", { token: owner, body: { name: namespace } }));
    const body = { namespace, layer: "bronze", name: "p", kind: "command", spec: { argv: ["true"] } };
    await expectStatus(201, ratd.call("/api/v1/pipelines", { token: owner, body }));
    return `${namespace}/bronze/p`;
  }

  /** Shares a thing; answers the grant's id. */
  async share(ratd: TestRatd, by: Person, to: Person, grant: object): Promise<string> {
    const body = { grantee_id: to, permission: "read", ...grant };
    const { json } = await expectStatus(201, ratd.call("/api/v1/sharing", { token: by, body }));
    return String(json["grant_id"]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Calls and demands a status, with the answer in the message. */
export async function expectStatus(status: number, answer: Promise<CallResult>): Promise<CallResult> {
  const result = await answer;
  if (result.status !== status) throw new Error(`expected ${status}, got ${result.status}: ${result.text}`);
  return result;
}

const NEVER = new AbortController().signal;
