import { Client } from "pg";
import { expect, it } from "vitest";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestRatd } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

/** Five changes a second. */
const FLAP_MS = 200;
const FLAPS = 30;

/** What a request may see while the auth plugin comes and goes: its identity, the fallback, or a refusal of this request. */
const POSTURES = new Set(['200 plugin "user-alice"', '200 noop-fallback "anonymous"', "401 plugin"]);

it("gives every request a defined posture while a plugin flaps five times a second, and stores little of it", async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const plugin = stack.use(await FakePlugin.start());
  const other = stack.use(await FakePlugin.start());
  const rat = stack.use(
    await startTestRatd(database.connectionString, {
      plugins: {
        auth: { image: "rat/flapper:1", address: plugin.address },
        enforcement: { image: "rat/steady:1", address: other.address },
      },
    }),
  );
  const seen = new Map<string, number>();
  const settled = new AbortController();
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!settled.signal.aborted) {
        const { status, json, headers } = await rat.call("/api/v1/me", { token: "alice" });
        const posture = `${status} ${headers.get("x-rat-auth-mode")}${status === 200 ? ` ${JSON.stringify(json["user_id"])}` : ""}`;
        seen.set(posture, (seen.get(posture) ?? 0) + 1);
      }
    }),
  );
  const start = performance.now();
  for (let flap = 0; flap < FLAPS; flap++) {
    await (flap % 2 === 0 ? plugin.down() : plugin.up());
    // The rhythm is the fault.
    await new Promise((resolve) => setTimeout(resolve, FLAP_MS));
  }
  const seconds = (performance.now() - start) / 1000;
  await plugin.down();
  await plugin.up();
  settled.abort();
  await load;
  await until(async () => (await rat.call("/health")).json["fallback_active"] === false, { timeoutMs: 2000 });

  expect([...seen.keys()].filter((posture) => !POSTURES.has(posture))).toEqual([]);
  expect(seen.size).toBeGreaterThan(1);
  // The neighbour never moved.
  const steady = await rat.operate("/api/v1/plugins/steady");
  expect(steady.json["health_history"]).toHaveLength(1);
  // At most one stored change a second, however fast the plugin flaps.
  const client = new Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>(
      "SELECT count(*) FROM plugin_health_events WHERE plugin = 'flapper'",
    );
    expect(Number(rows[0]?.count)).toBeLessThanOrEqual(Math.ceil(seconds) + 3);
  } finally {
    await client.end();
  }
});
