import { describe, expect, test } from "vitest";
import { CONTEXTS_FILE, withContexts } from "../../testing/fake-contexts.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { NOWHERE } from "../../testing/page.ts";
import { formatContexts, parseContexts } from "./context-file.ts";
import { contextPath } from "./context-path.ts";
import type { SavedContexts } from "./saved-contexts.ts";

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
});

describe("a file of contexts that cannot be used", () => {
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
    terminal.privateFiles.files.set(CONTEXTS_FILE, text);
    for (const words of [
      ["context", "list"],
      ["slots", "list"],
      ["context", "add", "b", "--addr", NOWHERE],
    ]) {
      const { exit, stderr } = await rat([...words, "--debug"], "", terminal);
      expect(exit).toBe(6);
      expect(stderr).toContain(`${CONTEXTS_FILE}: ${why}`);
      expect(stderr).toContain(`mv ${CONTEXTS_FILE} ${CONTEXTS_FILE}.bad`);
      expect(stderr).not.toContain("canary");
    }
    expect(terminal.privateFiles.files.get(CONTEXTS_FILE)).toBe(text);
    expect((await rat(["explain", "scopes"], "", terminal)).exit).toBe(0);
  });

  test("that others may use is refused with what to type", async () => {
    const terminal = withContexts({ one: NOWHERE, two: NOWHERE });
    terminal.privateFiles.exposed = {
      how: "others may use it (mode 0644)",
      remedy: `chmod 600 ${CONTEXTS_FILE}`,
    };
    const { exit, stderr } = await rat(["slots", "list"], "", terminal);
    expect(exit).toBe(6);
    expect(stderr).toContain("others may use it (mode 0644)");
    expect(stderr).toContain(`Try   chmod 600 ${CONTEXTS_FILE}`);
    // What brings everything itself needs no file.
    terminal.env["RAT_TOKEN"] = "t";
    expect((await rat(["slots", "list"], NOWHERE, terminal)).exit).toBe(3);
  });
});
