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
    const ask = (token: string) => rat.call("/api/v1/me", { token });
    for (let restart = 0; restart < RESTARTS; restart++) {
      // No call while it is away: ratd may not even have noticed when the next one comes.
      await plugin.kill(restart % 2 === 0 ? "SIGTERM" : "SIGKILL");
      await plugin.start();
      const first = await until(
        async () => {
          const answer = await ask("demo-admin");
          return answer.status === 503 ? undefined : answer;
        },
        { timeoutMs: 10_000, what: `restart ${restart}: an answer` },
      );
      expect(first.status, JSON.stringify(first.json)).toBe(401);
      await until(async () => (await ask("the-real-one")).status === 200, {
        timeoutMs: 3000,
        what: `restart ${restart}: served again`,
      });
    }
    expect((await ask("the-real-one")).json["user_id"]).toBe("carol");
  },
);
