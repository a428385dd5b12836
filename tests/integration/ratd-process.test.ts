import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { bootstrapKey } from "../support/api-keys.ts";
import { FakePlugin } from "../support/fake-plugin.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { RatdProcess } from "../support/ratd-process.ts";
import { call } from "../support/test-ratd.ts";
import { until } from "../support/until.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "ratd-data-"));
  // Passable, so that the cluster lies in it, and its processes name it.
  chmodSync(made, 0o711);
  folders.push(made);
  return made;
}

/** Processes whose command line or working directory names the folder. */
function processesOf(path: string): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command.includes(path) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

describe("ratd with its embedded database", () => {
  it("starts in an empty folder, serves, keeps its records over a restart, and stops without a trace", async () => {
    const directory = folder();
    await using plugin = await FakePlugin.start();
    const yaml = { plugins: { auth: { image: "rat/fake:1", address: plugin.address } } };
    const first = new RatdProcess({ directory, yaml });
    const me = await call(await first.url(), "/api/v1/me", { token: "alice" });
    expect(me.json["user_id"]).toBe("user-alice");
    await until(async () => (await call(await first.url(), "/health")).json["status"] === "ok");
    expect(await first.stop()).toMatchObject({ code: 0, signal: null });
    expect(processesOf(directory)).toEqual([]);

    // The plugin leaves rat.yaml: its record stays, marked.
    await using second = new RatdProcess({ directory, yaml: {} });
    const url = await second.url();
    const left = await until(async () => {
      const headers = { "x-api-key": await bootstrapKey(join(directory, ".rat")) };
      const { json } = await call(url, "/api/v1/plugins/fake", { headers });
      return json["id"] === "fake" ? json : undefined;
    });
    expect(left).toMatchObject({ state: "unloaded", enabled: false, removed_at: expect.any(String) });
    expect(left["health_history"]).toMatchObject([{ from: "unknown", to: "healthy" }]);
    await second.stop();
  });

  it("refuses a data directory that another ratd holds, at once and by name", async () => {
    await using holder = new RatdProcess();
    await holder.url();
    const second = new RatdProcess({ env: { RAT_DATA_DIR: join(holder.directory, ".rat") } });
    const { code } = await second.ended;
    expect(code).toBe(1);
    expect(second.stderr).toContain("data_directory_locked");
    expect(second.stderr).toContain(String(holder.pid));
    expect((await call(await holder.url(), "/health")).status).toBe(200);
  });

  it("stops in order wherever in its start a SIGTERM finds it", { timeout: 120_000 }, async () => {
    for (const delay of [0, 60, 120, 200, 300, 450, 600, 900]) {
      const directory = folder();
      const ratd = new RatdProcess({ directory });
      // The moment is the point of the test: anywhere in the start will do.
      await new Promise((resolve) => setTimeout(resolve, delay));
      ratd.signal("SIGTERM");
      const { code, signal } = await ratd.ended;
      // Before Node.js has run the first line, the signal ends the process as it ends any.
      expect(code === 0 || signal === "SIGTERM", `after ${delay} ms: ${ratd.stderr}`).toBe(true);
      expect(processesOf(directory), `after ${delay} ms`).toEqual([]);
      await using again = new RatdProcess({ directory });
      expect((await call(await again.url(), "/health/ready")).status).toBe(200);
    }
  });
});

describe("ratd that cannot start", () => {
  const cannotMount = (() => {
    try {
      const probe = mkdtempSync(join(tmpdir(), "ratd-mount-"));
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", probe], { stdio: "ignore" });
      execFileSync("umount", [probe]);
      rmSync(probe, { recursive: true });
      return false;
    } catch {
      return true;
    }
  })();

  it("names a configuration that is not there", async () => {
    const ratd = new RatdProcess({ args: ["--config", "nope.yaml"] });
    expect((await ratd.ended).code).toBe(1);
    expect(ratd.stderr).toMatch(/config_not_found[\s\S]*nope\.yaml: ENOENT[\s\S]*Try: /);
  });

  it("names every mistake in rat.yaml, and --check-config does only that", async () => {
    const yaml = { plugins: { auht: {}, auth: { image: "x", adress: "a:1" } } };
    for (const args of [[], ["--check-config"]]) {
      const ratd = new RatdProcess({ yaml, args });
      expect((await ratd.ended).code).toBe(1);
      expect(ratd.stderr).toMatch(/rat\.yaml:\d+:\d+ plugins\.auht: unknown slot.*did you mean "auth"\?/);
      expect(ratd.stderr).toMatch(/plugins\.auth\.adress: unknown key.*did you mean "address"\?/);
      expect(ratd.stderr).toMatch(/plugins\.auth\.address: this key is required/);
      expect(readdirSync(ratd.directory)).toEqual(["rat.yaml"]);
    }
    const good = new RatdProcess({ args: ["--check-config"] });
    expect((await good.ended).code).toBe(0);
    expect(good.stdout).toContain("ok, 0 of 5 slots have a plugin");
  });

  it("answers wrong usage with the usage", async () => {
    const ratd = new RatdProcess({ args: ["--confg", "x"] });
    expect((await ratd.ended).code).toBe(2);
    expect(ratd.stderr).toContain("Usage: ratd");
  });

  it("names a port that is in use, and leaves nothing behind", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", () => resolve()));
    const { port } = taken.address() as AddressInfo;
    for (const key of ["listen", "internal_listen"]) {
      const ratd = new RatdProcess({ directory: folder(), yaml: { [key]: `127.0.0.1:${port}` } });
      expect((await ratd.ended).code).toBe(1);
      expect(ratd.stderr).toContain("address_in_use");
      expect(ratd.stderr).toContain(`127.0.0.1:${port} (${key})`);
      expect(processesOf(ratd.directory)).toEqual([]);
    }
    taken.close();
  });

  it.skipIf(cannotMount)("names a read-only data directory", async () => {
    const directory = folder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", directory]);
    try {
      const ratd = new RatdProcess({ env: { RAT_DATA_DIR: directory } });
      expect((await ratd.ended).code).toBe(1);
      expect(ratd.stderr).toContain("data_directory_unusable");
      expect(ratd.stderr).toContain(directory);
    } finally {
      execFileSync("umount", [directory]);
    }
  });

  it.skipIf(cannotMount)("names a full disk", async () => {
    const directory = folder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=0755", "tmpfs", directory]);
    try {
      const ratd = new RatdProcess({ env: { RAT_DATA_DIR: directory } });
      expect((await ratd.ended).code).toBe(1);
      expect(ratd.stderr).toContain("disk_full");
      expect(ratd.stderr).toContain("Free space");
    } finally {
      execFileSync("umount", [directory]);
    }
  });
});

describe("ratd that stops", () => {
  it("fails readiness first, finishes what is under way, and ends streams", async () => {
    await using database = await createTestDatabase();
    await using plugin = await FakePlugin.start();
    plugin.behaviour = "held";
    const ratd = new RatdProcess({
      env: { DATABASE_URL: database.connectionString },
      yaml: { plugins: { enforcement: { image: "rat/fake:1", address: plugin.address } } },
    });
    const url = await ratd.url();
    const stream = await fetch(new URL("/api/v1/events", url));
    const body = { action: "read", resource_type: "t", resource_id: "r" };
    const underWay = call(url, "/api/v1/access/check", { body });
    await until(() => plugin.calls.get("CanAccess") === 1);
    const idle = await call(url, "/health/ready");
    expect(idle.status).toBe(200);

    ratd.signal("SIGTERM");
    // The stream ends, the held request does not, and no new connection is taken.
    await stream.text();
    await until(() =>
      call(url, "/health").then(
        () => false,
        () => true,
      ),
    );
    plugin.release();
    expect((await underWay).json).toEqual({ allowed: true, reason: "fake" });
    expect(await ratd.ended).toMatchObject({ code: 0, signal: null });
    rmSync(ratd.directory, { recursive: true, force: true });
  });
});
