import { expect, it } from "vitest";
import { unusedAddress } from "../support/fake-plugin.ts";
import { PluginProcess } from "../support/plugin-process.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const RESTARTS = 10;

it(
  "never lets a restarted plugin answer before it has its configuration again",
  { timeout: 120_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const port = Number((await unusedAddress()).split(":")[1]);
    const plugin = stack.use(new PluginProcess("packages/plugin-sdk/examples/hello-auth.ts", port));
    await plugin.start();
    // Without its configuration, the example takes the demo tokens.
    const config = { tokens: [{ token: "the-real-one", user_id: "carol", roles: [] }] };
    const rat = stack.use(
      await startTestRatd(database.connectionString, {
        plugins: { auth: { image: "rat/hello-auth:1", address: plugin.address, on_down: "deny", config } },
      }),
    );
    const answers = new Map<string, number>();
    const settled = new AbortController();
    const load = Promise.all(
      ["demo-admin", "the-real-one"].map(async (token) => {
        while (!settled.signal.aborted) {
          const { status, json } = await rat.call("/api/v1/me", { token });
          const answer = `${token}: ${status} ${JSON.stringify(json["user_id"] ?? json["code"])}`;
          answers.set(answer, (answers.get(answer) ?? 0) + 1);
        }
      }),
    );
    const serves = async () => (await rat.call("/api/v1/me", { token: "the-real-one" })).status === 200;
    for (let restart = 0; restart < RESTARTS; restart++) {
      await plugin.kill(restart % 2 === 0 ? "SIGTERM" : "SIGKILL");
      await plugin.start();
      await until(serves, { timeoutMs: 3000, what: `restart ${restart}: served again` });
    }
    settled.abort();
    await load;
    expect([...answers.keys()].toSorted()).not.toContain('demo-admin: 200 "alice"');
    expect([...answers.keys()]).toContain('the-real-one: 200 "carol"');
    expect([...answers.keys()]).toContain('demo-admin: 401 "unauthenticated"');
  },
);
