import { describe, expect, test } from "vitest";
import { contextForLogin } from "./context-for-login.ts";
import type { SavedContexts } from "./saved-contexts.ts";

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
