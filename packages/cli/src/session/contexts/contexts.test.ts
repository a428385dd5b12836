import { describe, expect, test } from "vitest";
import { startFakeRatd, type FakeRatd } from "../../testing/fake-ratd.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { KEY_TEXT } from "../../testing/sample-access.ts";
import { troubledState } from "../../testing/sample-state.ts";
import { formatContexts, parseContexts } from "./context-file.ts";
import { contextForLogin } from "./context-for-login.ts";
import { contextPath } from "./context-path.ts";
import type { SavedContexts } from "./saved-contexts.ts";

const FILE = "/home/u/.config/rat/contexts.yaml";
const NOWHERE = "http://127.0.0.1:1";

/** A user who has two contexts, each with a token. */
function withContexts(addresses: { readonly one: string; readonly two: string }): FakeTerminal {
  const terminal = new FakeTerminal();
  const saved: SavedContexts = {
    current: "one",
    contexts: new Map([
      ["one", { address: addresses.one, credential: { kind: "token", token: "token-one" } }],
      ["two", { address: addresses.two, credential: { kind: "api_key", api_key: KEY_TEXT } }],
    ]),
  };
  terminal.privateFiles.files.set(FILE, formatContexts(saved));
  return terminal;
}

async function ratdThatTakes(...accepted: readonly string[]): Promise<FakeRatd> {
  const ratd = await startFakeRatd(troubledState());
  ratd.state.access.accepted = new Set(accepted);
  return ratd;
}

describe("options go before the environment, that before the context", () => {
  test.each([
    ["the context in use", [], {}, "token-one"],
    ["RAT_CONTEXT", [], { RAT_CONTEXT: "two" }, KEY_TEXT],
    ["--context before RAT_CONTEXT", ["--context", "one"], { RAT_CONTEXT: "two" }, "token-one"],
    ["RAT_TOKEN before the context", [], { RAT_TOKEN: "env" }, "env"],
    ["RAT_API_KEY before the context", [], { RAT_API_KEY: "env-key" }, "env-key"],
    ["RAT_TOKEN before --context", ["--context", "two"], { RAT_TOKEN: "env" }, "env"],
    ["--token-file before RAT_API_KEY", ["--token-file", "f"], { RAT_API_KEY: "env-key" }, "file"],
    ["empty variables are none", [], { RAT_CONTEXT: "", RAT_TOKEN: "", RAT_ADDR: "" }, "token-one"],
  ])("%s", async (_, words, env, secret) => {
    await using ratd = await ratdThatTakes(secret);
    const terminal = withContexts({ one: ratd.address, two: ratd.address });
    terminal.files.set("f", "file\n");
    Object.assign(terminal.env, env);
    expect(await rat(["slots", "list", ...words], "", terminal)).toMatchObject({ exit: 0 });
  });

  test("the address too", async () => {
    await using ratd = await ratdThatTakes(KEY_TEXT);
    const terminal = withContexts({ one: NOWHERE, two: ratd.address });
    expect((await rat(["slots", "list"], "", terminal)).exit).toBe(3);
    // The only context of that address.
    expect((await rat(["slots", "list", "--addr", `${ratd.address}/`], "", terminal)).exit).toBe(0);
    terminal.env["RAT_ADDR"] = ratd.address;
    expect((await rat(["slots", "list"], "", terminal)).exit).toBe(0);
    expect((await rat(["slots", "list", "--addr", NOWHERE], "", terminal)).exit).toBe(3);
  });

  test("a token and a key at once are refused", async () => {
    const terminal = new FakeTerminal();
    Object.assign(terminal.env, { RAT_TOKEN: "a", RAT_API_KEY: "b" });
    const { exit, stderr } = await rat(["slots", "list"], NOWHERE, terminal);
    expect(exit).toBe(2);
    expect(stderr).toContain("RAT_TOKEN and RAT_API_KEY are both set");
  });
});

describe("the file of contexts", () => {
  test.each([
    [{ HOME: "/h" }, "/h/.config/rat/contexts.yaml"],
    [{ HOME: "/h", XDG_CONFIG_HOME: "/x" }, "/x/rat/contexts.yaml"],
    [{ HOME: "/h", XDG_CONFIG_HOME: "/x", RAT_CONFIG_HOME: "/r" }, "/r/contexts.yaml"],
    [{ USERPROFILE: "/w", HOME: "" }, "/w/.config/rat/contexts.yaml"],
    [{}, undefined],
  ])("with %j is %s", (env, path) => {
    expect(contextPath(env)).toBe(path);
  });

  test("is read as it was written", () => {
    const saved: SavedContexts = {
      current: "a",
      contexts: new Map([
        ["a", { address: "https://a.example", credential: undefined }],
        [
          "b",
          {
            address: "https://b.example",
            credential: {
              kind: "session",
              issuer: "https://sso.example",
              client_id: "rat-cli",
              access_token: "0x1F",
              refresh_token: "null",
              expires_at: "2026-01-15T12:00:00.000Z",
            },
          },
        ],
      ]),
    };
    expect(parseContexts(formatContexts(saved))).toEqual(saved);
  });

  test.each([
    ["canary: [", "is no YAML at line 1"],
    ["canary", "the file must be a map"],
    ["version: 2\ncontexts: {}", "version must be 1"],
    ["version: 1", "the file lacks contexts"],
    ["version: 1\ncontexts: {}\ncanary: x", "the file has a key that is not known"],
    ["version: 1\ncontexts: {}\ncurrent: canary", "current names a context that is not there"],
    ["version: 1\ncontexts: { .canary: { address: x } }", "contexts has a name that is none"],
    ["version: 1\ncontexts: { a: {} }", "contexts.a lacks address"],
    [
      "version: 1\ncontexts: { a: { address: x, credential: { kind: canary } } }",
      "contexts.a.credential.kind must be",
    ],
    [
      "version: 1\ncontexts: { a: { address: x, credential: { kind: token } } }",
      "contexts.a.credential lacks token",
    ],
    [
      "version: 1\ncontexts: { a: { address: x, credential: { kind: token, token: 'canary x' } } }",
      "contexts.a.credential.token must be text",
    ],
  ])("that holds %j is refused by its place, quotes nothing, and stays as it is", async (text, why) => {
    const terminal = new FakeTerminal();
    terminal.privateFiles.files.set(FILE, text);
    for (const words of [
      ["context", "list"],
      ["slots", "list"],
      ["context", "add", "b", "--addr", NOWHERE],
    ]) {
      const { exit, stderr } = await rat([...words, "--debug"], "", terminal);
      expect(exit).toBe(6);
      expect(stderr).toContain(`${FILE}: ${why}`);
      expect(stderr).toContain(`mv ${FILE} ${FILE}.bad`);
      expect(stderr).not.toContain("canary");
    }
    expect(terminal.privateFiles.files.get(FILE)).toBe(text);
    expect((await rat(["explain", "scopes"], "", terminal)).exit).toBe(0);
  });

  test("that others may use is refused with what to type", async () => {
    const terminal = withContexts({ one: NOWHERE, two: NOWHERE });
    terminal.privateFiles.exposed = { how: "others may use it (mode 0644)", remedy: `chmod 600 ${FILE}` };
    const { exit, stderr } = await rat(["slots", "list"], "", terminal);
    expect(exit).toBe(6);
    expect(stderr).toContain("others may use it (mode 0644)");
    expect(stderr).toContain(`Try   chmod 600 ${FILE}`);
    // What brings everything itself needs no file.
    terminal.env["RAT_TOKEN"] = "t";
    expect((await rat(["slots", "list"], NOWHERE, terminal)).exit).toBe(3);
  });
});

describe("rat context", () => {
  test("list, show and their JSON say the kind of the credential only", async () => {
    const terminal = withContexts({ one: "https://one.example", two: "https://two.example" });
    await rat(["context", "list"], "", terminal);
    expect(`\n${terminal.stdout}`).toMatchInlineSnapshot(`
      "
         CONTEXT  ADDRESS              CREDENTIAL
      *  one      https://one.example  token
         two      https://two.example  API key
      "
    `);
    await rat(["context", "list", "-o", "json"], "", terminal);
    await rat(["context", "show", "two"], "", terminal);
    await rat(["context", "show", "-o", "yaml"], "", terminal);
    expect(terminal.stdout).toContain('"credential":"api_key"');
    expect(terminal.stdout).not.toContain("token-one");
    expect(terminal.stdout).not.toContain(KEY_TEXT);
  });

  test("add, use and remove, each with its way back", async () => {
    const terminal = new FakeTerminal();
    const page = async (...words: readonly string[]): Promise<string> => {
      terminal.stdout = "";
      terminal.stderr = "";
      const { exit } = await rat(words, "", terminal);
      return `${exit} ${terminal.stdout}${terminal.stderr}`;
    };
    expect(await page("context", "add", "a", "--addr", "a.example:8080/")).toContain(
      "Undo: rat context remove a",
    );
    expect(await page("context", "add", "b", "--addr", "https://b.example")).toContain("In use      no");
    expect(await page("context", "add", "b", "--addr", "https://c.example")).toContain(
      "6 error context_exists",
    );
    expect(await page("context", "use", "b")).toContain("Undo: rat context use a");
    expect(await page("context", "use", "c")).toContain("there are: a, b");
    expect(await page("context", "show", "a")).toContain("http://a.example:8080\n");
    expect(await page("context", "remove", "b")).toContain("2 error not_confirmed");
    expect(await page("context", "remove", "b", "--yes")).toContain(
      "Undo: rat context add b --addr https://b.example",
    );
    expect(await page("context", "list", "-o", "name")).toBe("0 a\n");
    expect(await page("context", "show")).toContain("5 error context_unknown: There is no such context");
    expect(await page("slots", "list", "--context", "z")).toContain('there is no context "z"');
    expect(await page("context", "add", "a b", "--addr", "x")).toContain("2 error bad_usage");
    expect(await page("context", "add", "d")).toContain("the address is missing");
  });
});

describe("the context of a sign-in", () => {
  const saved: SavedContexts = {
    current: "used",
    contexts: new Map([
      ["used", { address: "https://used.example", credential: undefined }],
      ["rat.example", { address: "https://rat.example/behind/proxy", credential: undefined }],
    ]),
  };
  test.each([
    ["the one in use", {}, "used", "https://used.example"],
    ["the one in use, by its address", { address: "https://used.example/" }, "used", "https://used.example"],
    ["the one of that address", { address: "https://rat.example/behind/proxy" }, "rat.example", undefined],
    ["a new one, named after the host", { address: "https://new.example:8443" }, "new.example", undefined],
    [
      "or with the port where that is taken",
      { address: "https://rat.example:1234" },
      "rat.example-1234",
      undefined,
    ],
    ["a named one", { context: "used" }, "used", "https://used.example"],
    ["a new named one", { context: "n", address: "http://[::1]:8080" }, "n", undefined],
    ["a new one for a bare IPv6 address", { address: "http://[::1]:8080" }, "1-", undefined],
  ])("is %s", (_, given, name, address) => {
    const wanted = { context: undefined, address: undefined, ...given };
    expect(contextForLogin(saved, wanted)).toEqual({ name, address: address ?? wanted.address });
  });

  test("is none that is of another address, or that nobody knows", () => {
    expect(() => contextForLogin(saved, { context: "used", address: "https://x.example" })).toThrow(
      /not of https:\/\/x/,
    );
    expect(() => contextForLogin(saved, { context: "n", address: undefined })).toThrow(/no context "n"/);
  });
});
