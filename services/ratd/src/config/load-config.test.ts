import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RatError } from "../errors.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load-config.ts";
import { ratYamlSchema } from "./schema.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rat-config-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function load(yaml: string, env: Record<string, string> = {}, strict?: boolean): Config {
  writeFileSync(join(directory, "rat.yaml"), yaml);
  return loadConfig({ env, workingDirectory: directory, strict });
}

function problemsOf(yaml: string, env: Record<string, string> = {}): string {
  try {
    load(yaml, env);
  } catch (error) {
    if (error instanceof RatError) return error.message;
    throw error;
  }
  return "no problem";
}

const AUTH =
  "plugins:\n  auth:\n    image: ghcr.io/acme/auth-keycloak:latest\n    address: auth-keycloak:50060\n";

describe("loadConfig", () => {
  it("fills in the documented defaults", () => {
    const { plugins, listen, dataDirectory, edition, limits } = load(AUTH);
    expect(plugins).toEqual([
      expect.objectContaining({
        name: "auth-keycloak",
        policy: { slot: "auth", onDown: "noop" },
        target: expect.objectContaining({
          protocol: "auto",
          dialTimeoutMs: 5000,
          rpcTimeoutMs: 10_000,
          health: { intervalMs: 30_000, timeoutMs: 5000, failureThreshold: 1 },
        }),
      }),
    ]);
    expect(listen).toEqual({ host: "127.0.0.1", port: 8080 });
    expect(dataDirectory).toBe(join(directory, ".rat"));
    expect(edition).toBe("auto");
    expect(limits.bodyBytes).toBe(1_048_576);
  });

  it("takes an empty file as all slots built in", () => {
    expect(load("").plugins).toEqual([]);
  });

  it("gives a second slot with the same image a name of its own", () => {
    const image = "image: acme/all-in-one:1\n";
    const names = load(
      `plugins:\n  auth:\n    ${image}    address: a:1\n  cloud:\n    ${image}    address: a:2\n`,
    ).plugins.map((plugin) => plugin.name);
    expect(names).toEqual(["all-in-one", "all-in-one-cloud"]);
  });

  it("resolves secrets by reference", () => {
    writeFileSync(join(directory, "secret"), "from-file\n");
    const config = load(
      `${AUTH}    config:\n      a: "\${env:SECRET}"\n      b: "x-\${file:secret}"\n      c: "$\${env:X}"\n`,
      {
        SECRET: "from-env",
      },
    );
    expect(config.plugins[0]?.config).toEqual({ a: "from-env", b: "x-from-file", c: "${env:X}" });
  });

  it("closes the guarding slots in strict mode unless rat.yaml says otherwise", () => {
    const yaml = `${AUTH}    on_down: noop\n  cloud: { image: cloud-aws, address: "c:1" }\n  executor: { image: x, address: "e:1" }\n`;
    const modes = load(yaml, {}, true).plugins.map(({ policy }) => [policy.slot, policy.onDown]);
    expect(modes).toEqual([
      ["auth", "noop"],
      ["executor", "noop"],
      ["cloud", "deny"],
    ]);
    expect(load(AUTH, { RAT_STRICT: "1" }).plugins[0]?.policy.onDown).toBe("deny");
  });

  it("lets the environment win", () => {
    const config = load("listen: 127.0.0.1:1\n", {
      RAT_LISTEN: "0.0.0.0:9",
      DATABASE_URL: "postgres://u@h/d",
      RAT_DATA_DIR: "/data",
    });
    expect(config).toMatchObject({
      listen: { host: "0.0.0.0", port: 9 },
      loopback: false,
      databaseUrl: "postgres://u@h/d",
      dataDirectory: "/data",
    });
  });

  it.each([
    [
      "a misspelt key",
      `${AUTH}    on_dwn: deny\n`,
      /^rat\.yaml:5:5 plugins\.auth\.on_dwn: unknown key; allowed: address, config, .*did you mean "on_down"\?$/,
    ],
    [
      "an unknown slot",
      "plugins:\n  atuh: {}\n",
      /^rat\.yaml:2:3 plugins\.atuh: unknown slot; the slots are auth, executor, sharing, enforcement, cloud; did you mean "auth"\?$/,
    ],
    [
      "an unknown top-level key",
      "listn: 1.2.3.4:1\n",
      /rat\.yaml:1:1 listn: unknown key; .*did you mean "listen"/,
    ],
    [
      "a missing address",
      "plugins:\n  auth:\n    image: a\n",
      /rat\.yaml:2:3 plugins\.auth\.address: this key is required/,
    ],
    [
      "a wrong value",
      `${AUTH}    on_down: open\n`,
      /rat\.yaml:5:14 plugins\.auth\.on_down: "open" is not allowed; allowed: noop, deny/,
    ],
    ["a wrong type", "plugins: 5\n", /rat\.yaml:1:10 plugins: must be a mapping, not 5/],
    [
      "a wrong duration",
      `${AUTH}    timeout: { rpc: 10 }\n`,
      /plugins\.auth\.timeout\.rpc: must be text, not 10/,
    ],
    [
      "a scheme in the address",
      "plugins:\n  auth: { image: a, address: 'http://a:1' }\n",
      /plugins\.auth\.address: "http:\/\/a:1" has the wrong form\. Where the plugin listens/,
    ],
    [
      "a port out of range",
      "plugins:\n  auth: { image: a, address: 'a:70000' }\n",
      /plugins\.auth\.address: "a:70000" is not host:port/,
    ],
    [
      "an image without a name",
      "plugins:\n  auth: { image: 'a/:x', address: 'a:1' }\n",
      /plugins\.auth\.image: "a\/:x" is not an image/,
    ],
    ["a duplicate key", "listen: a:1\nlisten: a:2\n", /^rat\.yaml:2:1 Map keys must be unique/],
    ["broken YAML", "plugins: [\n", /^rat\.yaml:\d+:\d+ /],
    [
      "a missing variable",
      "listen: '${env:NOPE}'\n",
      /rat\.yaml:1:9 listen: the environment variable NOPE is not set/,
    ],
    [
      "a missing file",
      "listen: '${file:nope}'\n",
      /rat\.yaml:1:9 listen: cannot read the file of \$\{file:nope\}: ENOENT/,
    ],
    [
      "half of a client certificate",
      `${AUTH}    tls: { cert: a.pem }\n`,
      /plugins\.auth\.tls: cert and key belong together/,
    ],
    [
      "a certificate that is not there",
      `${AUTH}    tls: { ca: a.pem }\n`,
      /plugins\.auth\.tls\.ca: cannot read the file "a\.pem": ENOENT/,
    ],
    [
      "credentials for every origin",
      "cors: { origins: ['*'], credentials: true }\n",
      /cors\.credentials: .*every site/,
    ],
    [
      "a service that cannot be probed",
      "services: { minio: 'tcp://minio' }\n",
      /services\.minio: .*tcp:\/\/host:port/,
    ],
  ])("names %s with its place", (_name, yaml, expected) => {
    expect(problemsOf(yaml)).toMatch(expected);
  });

  it("never shows a secret, written or referred to", () => {
    expect(problemsOf("database_url: mysql://u:hunter2@h/d\n")).toMatch(
      /^rat\.yaml:1:15 database_url: this value has the wrong form/,
    );
    const referred = problemsOf("log: { level: '${env:LEVEL}' }\n", { LEVEL: "hunter2" });
    expect(referred).toContain('"${env:LEVEL}" is not allowed');
    expect(referred).not.toContain("hunter2");
    const everywhere = problemsOf(
      [
        "listen: '${env:S}:1'",
        "database_url: '${env:S}'",
        "log: { level: '${env:S}' }",
        "services: { a: 'http://${env:S}', b: 'tcp://u:hunter2@c' }",
        "plugins: { auth: { image: '${env:S}', address: 'a:0', tls: { ca: '${env:S}' } } }",
      ].join("\n"),
      { S: "hunter2 {" },
    );
    expect(everywhere.split("\n").length).toBeGreaterThan(3);
    expect(everywhere).not.toContain("hunter2");
    const late = problemsOf(
      "plugins: { auth: { image: '${env:S}', address: 'a:0', tls: { ca: '${env:S}' } } }",
      { S: "hunter2 {" },
    );
    expect(late).toMatch(
      /image: "\$\{env:S\}" is not an image reference[^]*cannot read the file "\$\{env:S\}"/,
    );
    expect(late).not.toContain("hunter2");
  });

  it("names every problem at once", () => {
    expect(problemsOf("a: 1\nb: 2\n").split("\n")).toHaveLength(2);
  });

  it("is done soon with a file of many keys, and does not tell of all of them", () => {
    const keys = Array.from({ length: 20_000 }, (_, number) => `k${number}: 1`);
    expect(problemsOf(keys.join("\n"))).toMatch(/^rat\.yaml:1:1 k0: unknown key[^]*\nand 19950 more$/);
  });

  it("reads no pipe, no folder and no large file", () => {
    const path = join(directory, "odd");
    const file = { file: path, env: {}, workingDirectory: directory };
    execFileSync("mkfifo", [path]);
    expect(() => loadConfig(file)).toThrow(/Cannot read .*odd: it is no regular file/);
    expect(problemsOf("log: { level: '${file:odd}' }")).toContain("it is no regular file");
    expect(() => loadConfig({ ...file, file: directory })).toThrow("it is no regular file");
    rmSync(path);
    writeFileSync(path, "");
    truncateSync(path, 50 * 1_048_576);
    expect(() => loadConfig(file)).toThrow(/odd: it is larger than 1 MiB/);
  });

  it("names a wrong environment variable", () => {
    expect(problemsOf("", { RAT_LISTEN: "8080" })).toMatch(/^RAT_LISTEN "8080" is not host:port$/);
    expect(problemsOf("", { RAT_STRICT: "maybe" })).toMatch(/^RAT_STRICT "maybe" is neither/);
  });

  it("survives a billion laughs and deep nesting with a clear error", () => {
    const laughs = `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from("bcdefgh")
      .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${"abcdefg"[i]}`).join(",")}]`)
      .join("\n")}\n`;
    expect(problemsOf(laughs)).toMatch(/^rat\.yaml:1:1 .*alias/i);
    expect(problemsOf("[".repeat(20_000))).not.toBe("no problem");
  });

  it("says what is wrong, whatever the input, and never pollutes prototypes", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: "binary" }), (text) => {
        try {
          load(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RatError);
        }
        expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("names the file that is not there", () => {
    expect(() => loadConfig({ file: "nope.yaml", env: {}, workingDirectory: directory })).toThrow(
      /Cannot read .*nope\.yaml: ENOENT/,
    );
  });
});

// ratd itself takes it on trust.
it("the schema of rat.yaml is a JSON Schema", () => {
  const ajv = new Ajv2020({ strict: false });
  expect([ajv.validateSchema(ratYamlSchema), ajv.errors]).toEqual([true, null]);
});
