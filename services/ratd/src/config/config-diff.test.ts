import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { APPLIES, applicable, diffConfig } from "./config-diff.ts";
import { ratYamlSchema, type RatYaml } from "./schema.ts";

const AUTH = { image: "rat/auth:1", address: "auth:50051" };

/** The difference of two files without references. */
const diffYaml = (before: RatYaml, after: RatYaml) =>
  diffConfig({ yaml: before, written: before }, { yaml: after, written: after });

describe("the difference of two configurations", () => {
  it("names each key that differs, with both values and when it counts", () => {
    const before: RatYaml = { listen: "127.0.0.1:1", plugins: { auth: AUTH }, limits: { rate: 5 } };
    const after: RatYaml = {
      listen: "127.0.0.1:2",
      plugins: { auth: { ...AUTH, on_down: "deny" }, cloud: { image: "c", address: "c:1" } },
    };
    expect(diffYaml(before, after)).toEqual([
      { key: "limits.rate", from: "5", to: null, applies: "now" },
      { key: "listen", from: '"127.0.0.1:1"', to: '"127.0.0.1:2"', applies: "restart" },
      { key: "plugins.auth.on_down", from: null, to: '"deny"', applies: "now" },
      { key: "plugins.cloud.address", from: null, to: '"c:1"', applies: "now" },
      { key: "plugins.cloud.image", from: null, to: '"c"', applies: "now" },
    ]);
  });

  it("shows no secret", () => {
    const yaml = (secret: string): RatYaml => ({
      database_url: `postgres://rat:${secret}@db/rat`,
      plugins: { auth: { ...AUTH, config: { key: secret, deep: { list: [secret] } } } },
      services: { cache: `http://user:${secret}@cache:1/` },
    });
    const changes = diffYaml(yaml("first-secret"), yaml("other-secret"));
    expect(changes.map(({ key }) => key)).toEqual([
      "database_url",
      "plugins.auth.config.deep",
      "plugins.auth.config.key",
      "services.cache",
    ]);
    expect(JSON.stringify(changes)).not.toContain("secret");
  });

  it("is empty for equal ones, whatever the order of their keys", () => {
    const ordered: RatYaml = { plugins: { auth: AUTH }, limits: { rate: 1, body: 2048 } };
    const other: RatYaml = {
      limits: { body: 2048, rate: 1 },
      plugins: { auth: { address: AUTH.address, image: AUTH.image } },
    };
    expect(diffYaml(ordered, other)).toEqual([]);
  });

  it("has a word on every key of rat.yaml", () => {
    expect(Object.keys(APPLIES).toSorted()).toEqual(Object.keys(ratYamlSchema.properties).toSorted());
  });
});

describe("what a running ratd can have of a change", () => {
  it("is what applies now, and of the rest what it had", () => {
    const yaml = fc.record(
      {
        listen: fc.constantFrom("127.0.0.1:1", "127.0.0.1:2"),
        services: fc.constantFrom<Record<string, string>>({ a: "http://a:1/" }, { b: "http://b:1/" }),
        edition: fc.constantFrom<"auto" | "pro">("auto", "pro"),
        trusted_proxies: fc.constantFrom("10.0.0.1", "10.0.0.2").map((address) => [address]),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(yaml, yaml, (running, after) => {
        const result = applicable(running, after);
        const left = diffYaml(result, after);
        expect(left.every(({ applies }) => applies === "restart")).toBe(true);
        expect(diffYaml(running, result).every(({ applies }) => applies === "now")).toBe(true);
      }),
    );
  });
});
