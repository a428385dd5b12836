import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { makeCertificates, type Certificates } from "../../../../tests/support/certificates.ts";
import { SecretCanaries } from "../../../../tests/support/secret-canaries.ts";
import { loadChange, loadConfig } from "./load-config.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rat-change-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, contents: string | object): void {
  writeFileSync(join(directory, name), typeof contents === "string" ? contents : stringify(contents));
}
const sources = () => ({ env: {}, workingDirectory: directory });

describe("what loadChange shows of a change", () => {
  it("has no secret in it, wherever secrets stand: behind a reference, in settings, in a URL", () => {
    const canaries = new SecretCanaries();
    const files = ["url", "image", "host", "setting", "service", "path", "report", "arn"];
    const secrets = (time: string) => {
      for (const file of files) write(file, `${CASES[file] ?? ""}${canaries.plain(`${file} ${time}`)}`);
      const literal = (name: string) => canaries.plain(`${name} ${time}`);
      write("rat.yaml", {
        database_url: "${file:url}",
        plugins: {
          auth: {
            image: "${file:image}",
            address: "${file:host}:1",
            config: {
              a: "${file:setting}",
              b: { [literal("a name within a setting")]: 1, list: [literal("a list")] },
            },
            tls: { server_name: "${file:host}" },
          },
        },
        services: {
          a: "${file:service}",
          b: `http://user:${literal("a password")}@b/`,
          c: `http://c/hook/${literal("a path")}?token=${literal("a query")}#${literal("a fragment")}`,
          d: `http://d/?a="${literal("behind a quote")}`,
          e: `http://e\\${literal("behind backslashes")}://`,
          f: `http://${literal("a user")}@f:80/`,
        },
        role_permissions: {},
        runs: {
          workspace: "${file:path}",
          report_url: "${file:report}",
          credentials: { resource: "${file:arn}" },
        },
      });
    };
    secrets("before");
    const running = loadConfig(sources());
    secrets("after");
    const { changes } = loadChange(sources(), running);
    expect(changes.map(({ key }) => key)).toEqual([
      "database_url",
      "plugins.auth.address",
      "plugins.auth.config.a",
      "plugins.auth.config.b",
      "plugins.auth.image",
      "plugins.auth.tls.server_name",
      "runs.credentials.resource",
      "runs.report_url",
      "runs.workspace",
      "services.a",
      "services.b",
      "services.c",
      "services.d",
      "services.e",
      "services.f",
    ]);
    expect(canaries.foundIn(JSON.stringify(changes))).toEqual([]);
    expect(changes).toContainEqual({
      key: "plugins.auth.image",
      from: '"${file:image}"',
      to: '"${file:image}" (changed)',
      applies: "now",
    });
  });

  it("goes on knowing what is written when only a part of a change is in force", () => {
    write("secret", "first");
    write("rat.yaml", { edition: "pro", plugins: { auth: { image: "a", address: "a:1" } } });
    const running = loadConfig(sources());
    const next = { edition: "community", plugins: { auth: { image: "${file:secret}", address: "a:1" } } };
    write("rat.yaml", next);
    const { config } = loadChange(sources(), running);
    write("rat.yaml", { ...next, plugins: { auth: { image: "b", address: "a:1" } } });
    expect(loadChange(sources(), config).changes).toEqual([
      { key: "edition", from: '"pro"', to: '"community"', applies: "restart" },
      { key: "plugins.auth.image", from: '"${file:secret}"', to: '"b"', applies: "now" },
    ]);
  });
});

describe("files of TLS", () => {
  const yaml = ({ ca, cert, key }: Certificates) => ({
    plugins: { auth: { image: "a", address: "a:1", tls: { ca, cert, key } } },
  });

  it("are a change when they were renewed in place", ({ skip }) => {
    const [old, young] = [makeCertificates(), makeCertificates()];
    if (old === undefined || young === undefined) return skip("there is no openssl");
    write("rat.yaml", yaml(old));
    const running = loadConfig(sources());
    expect(loadChange(sources(), running).changes).toEqual([]);
    writeFileSync(old.ca, readFileSync(young.ca));
    writeFileSync(old.cert, readFileSync(young.cert));
    // In the middle of it: the key is still the old one.
    expect(() => loadChange(sources(), running)).toThrow(
      /plugins\.auth\.tls: the files do not go together: /,
    );
    writeFileSync(old.key, readFileSync(young.key));
    const { changes, config } = loadChange(sources(), running);
    expect(changes.map(({ key, to }) => [key, to])).toEqual([
      ["plugins.auth.tls.ca", `"${old.ca}" (changed)`],
      ["plugins.auth.tls.cert", `"${old.cert}" (changed)`],
      ["plugins.auth.tls.key", `"${old.key}" (changed)`],
    ]);
    expect(config.plugins[0]?.target.tls?.cert).toBe(readFileSync(young.cert, "utf8"));
    writeFileSync(old.ca, "nothing");
    expect(() => loadChange(sources(), config)).toThrow(/tls\.ca: there is no certificate in PEM form/);
  });
});

/** What makes a secret a value of its key. */
const CASES: Readonly<Record<string, string>> = {
  url: "postgres://",
  image: "a:",
  service: "http://a/",
  report: "https://r/",
  arn: "{namespace}",
};
