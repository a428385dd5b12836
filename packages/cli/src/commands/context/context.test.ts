import { describe, expect, test } from "vitest";
import { withContexts } from "../../testing/fake-contexts.ts";
import { FakeTerminal, rat } from "../../testing/fake-terminal.ts";
import { KEY_TEXT } from "../../testing/sample-access.ts";

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
