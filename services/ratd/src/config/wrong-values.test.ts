import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RatError } from "../errors.ts";
import { loadConfig } from "./load-config.ts";
import { ratYamlSchema } from "./schema.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rat-wrong-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function problemsOf(contents: string | Buffer, env: Record<string, string> = {}): string {
  writeFileSync(join(directory, "rat.yaml"), contents);
  try {
    loadConfig({ env, workingDirectory: directory });
    return "";
  } catch (error) {
    if (error instanceof RatError && error.code === "config_invalid") return error.message;
    throw error;
  }
}

interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly duration?: readonly [string, string];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Every key of rat.yaml that holds a value, with its schema. */
function leavesOf(
  node: SchemaNode,
  path: readonly string[] = [],
): readonly (readonly [string[], SchemaNode])[] {
  const children = Object.entries(node.properties ?? {});
  if (children.length === 0) return [[[...path], node]];
  return children.flatMap(([key, child]) => leavesOf(child, [...path, key]));
}

/** Values that no key of this schema may have. */
function wrongFor(node: SchemaNode): readonly unknown[] {
  const other = [null, [[]], { odd: { deeper: 1 } }];
  if (node.duration !== undefined)
    return [...other, 0, "", "soon", "-1s", "1", "1.5s", "999999999h", "9999999999999s"];
  if (node.type === "integer") return [...other, "x", (node.minimum ?? 0) - 1, (node.maximum ?? 0) + 1, 1.5];
  if (node.type === "boolean") return [...other, "yes", 1];
  if (node.type === "array") return [null, "x", 7, [7], [""], [[]]];
  if (node.type === "object") return [null, "x", 7, ["x"]];
  return [...other, 7, true, ""];
}

const LEAVES = leavesOf(ratYamlSchema as unknown as SchemaNode);

describe("every key of rat.yaml", () => {
  it("is looked at", () => {
    expect(LEAVES.length).toBeGreaterThan(60);
  });

  it.each(LEAVES.map(([path, node]) => [path.join("."), path, node] as const))(
    "%s is named when its value is wrong",
    (name, path, node) => {
      for (const value of wrongFor(node)) {
        const whole = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
        expect(problemsOf(stringify(whole)), `${name}: ${JSON.stringify(value)}`).toContain(name);
      }
    },
  );

  it.each(
    LEAVES.filter(([, { duration }]) => duration !== undefined).map(
      ([path, { duration }]) => [path, duration] as const,
    ),
  )("%j takes the ends of its range", (path, [least, most] = ["", ""]) => {
    for (const value of [least, most]) {
      const whole = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
      expect(problemsOf(stringify(whole))).not.toContain("out of range");
    }
  });
});

const PLUGIN = { image: "rat/a:1", address: "127.0.0.1:1" };
const withConfig = (lines: string) =>
  `plugins:\n  auth:\n    image: rat/a:1\n    address: 127.0.0.1:1\n    config:\n      ${lines}\n`;

describe("what would fail at the start", () => {
  it.each([
    ["trusted_proxies.0", { trusted_proxies: ["foo"] }],
    ["trusted_proxies.0", { trusted_proxies: ["10.0.0.0/33"] }],
    ["trusted_proxies.1", { trusted_proxies: ["::1/128", "10.0.0.0/0"] }],
    ["internal_listen", { listen: "127.0.0.1:9000", internal_listen: "127.0.0.1:9000" }],
    ["internal_listen", { listen: "0.0.0.0:9000", internal_listen: "127.0.0.1:9000" }],
    ["listen", { listen: "127.0.0.1:8081" }],
    ["listen", { listen: "127.0.0.1:70000" }],
    ["runs.runners.0", { runs: { runners: ["host:70000"] } }],
    ["runs.runners.0", { runs: { runners: ["host:0"] } }],
    ["runs.report_url", { runs: { report_url: "http://[" } }],
    ["database_url", { database_url: "postgres://[" }],
    ["cors.origins.0", { cors: { origins: ["https://a.example/"] } }],
    ["plugins.auth.address", { plugins: { auth: { ...PLUGIN, address: "host:99999" } } }],
    ["plugins.auth.health.interval", { plugins: { auth: { ...PLUGIN, health: { interval: "0s" } } } }],
    ["plugins.auth.health.timeout", { plugins: { auth: { ...PLUGIN, health: { timeout: "0s" } } } }],
    ["services.db", { services: { db: "tcp://host" } }],
  ])("is refused by name: %s of %j", (key, yaml) => {
    expect(problemsOf(stringify(yaml))).toContain(` ${key}: `);
  });

  it("takes one port for two hosts, and a port of the system's choice for both", () => {
    expect(problemsOf("listen: 127.0.0.1:9000\ninternal_listen: 127.0.0.2:9000\n")).toBe("");
    expect(problemsOf("listen: 127.0.0.1:0\ninternal_listen: 127.0.0.1:0\n")).toBe("");
    expect(problemsOf("", { RAT_LISTEN: "127.0.0.1:8081" })).toContain("the address of the other listener");
  });
});

describe("a file that is not what it seems", () => {
  it("may begin with a byte-order mark, and must be UTF-8", () => {
    expect(problemsOf("\uFEFFlisten: 127.0.0.1:9000\n")).toBe("");
    expect(problemsOf(Buffer.from("# one\nedition: pr\xe9\n", "latin1"))).toContain(
      "it is not UTF-8: see line 2",
    );
    expect(problemsOf(Buffer.from("\uFEFFedition: pro\n", "utf16le"))).toContain("it is UTF-16");
    expect(problemsOf("edition: pro\n\0")).toContain("line 2 holds a zero byte");
  });

  it("has no end when an alias stands inside its own value", () => {
    expect(problemsOf("plugins: &p\n  auth: *p\n")).toContain("rat.yaml:2:9 this alias stands inside");
    expect(problemsOf("plugins:\n  auth: &a\n    config: { deep: { deeper: [*a] } }\n")).toContain(
      "rat.yaml:3:32",
    );
  });

  it("holds one document", () => {
    expect(problemsOf("edition: pro\n---\nedition: auto\n")).toContain("rat.yaml:2:1 a second document");
  });

  it("may merge", () => {
    const merged =
      "plugins:\n  auth: &d { image: rat/a:1, address: '127.0.0.1:1' }\n  sharing:\n    <<: *d\n    image: rat/b:1\n";
    expect(problemsOf(merged)).toBe("");
  });

  it.each([
    "0755",
    "-012",
    "12345678901234567890",
    "0.12345678901234567890",
    ".inf",
    ".nan",
    "1e999",
    "0x1FFFFFFFFFFFFFFF",
  ])("does not keep the number %s", (number) => {
    expect(problemsOf(withConfig(`a: ${number}`))).toContain(`${number} `);
    expect(problemsOf(withConfig(`a: ${number}`))).toContain("write it in quotes");
    expect(problemsOf(withConfig(`a: "${number}"`))).toBe("");
  });

  it.each(["0", "-1", "1.10", "1e3", "0x1F", "0.5", "9007199254740991", "100000000000000000000"])(
    "keeps the number %s",
    (number) => {
      expect(problemsOf(withConfig(`a: ${number}`))).toBe("");
    },
  );
});

describe("a reference", () => {
  it("takes its default when there is nothing else", () => {
    writeFileSync(
      join(directory, "rat.yaml"),
      withConfig(
        "a: '${env:A:-x}'\n      b: '${env:B:-x:-y}'\n      c: '${env:C:-}'\n      d: '${env:D:-x}'",
      ),
    );
    const { plugins } = loadConfig({ env: { A: "", D: "given" }, workingDirectory: directory });
    expect(plugins[0]?.config).toEqual({ a: "x", b: "x:-y", c: "", d: "given" });
  });

  it.each([
    ["\uFEFFs3cret\r\n", ""],
    ["s3cret\n\n", ""],
    ["", "is empty"],
    ["\n", "is empty"],
    [Buffer.from("\uFEFFs3", "utf16le"), "it is UTF-16"],
    [Buffer.from([0x80, 0x81, 0xfe]), "it is not UTF-8"],
  ])("to a file of %j: %s", (contents, problem) => {
    writeFileSync(join(directory, "secret"), contents);
    expect(problemsOf(withConfig("a: ${file:secret}"))).toContain(problem);
    if (problem === "") {
      const config = loadConfig({ env: {}, workingDirectory: directory }).plugins[0]?.config;
      expect(String(config?.["a"]).startsWith("s3cret")).toBe(true);
    }
  });
});
