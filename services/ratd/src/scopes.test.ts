import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DATA_SCOPES,
  holds,
  isOperatorScope,
  OPERATOR_SCOPES,
  parseScope,
  SCOPES,
  type HeldScope,
} from "./scopes.ts";

describe("holds", () => {
  it("says no to everything that was not given", () => {
    for (const scope of SCOPES) expect(holds(new Set(), scope), scope).toBe(false);
  });

  it("lets plugins:admin read, write and install, and not execute", () => {
    const admin = new Set<HeldScope>(["plugins:admin"]);
    expect(SCOPES.filter((scope) => holds(admin, scope))).toEqual([
      "plugins:read",
      "plugins:write",
      "plugins:install",
      "plugins:admin",
    ]);
  });

  it("gives nobody more than the sum of the scopes one by one, and * to nobody who has not got it", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...SCOPES)), fc.constantFrom(...SCOPES), (held, needed) => {
        const alone = held.some((scope) => holds(new Set<HeldScope>([scope]), needed));
        expect(holds(new Set<HeldScope>(held), needed)).toBe(alone);
        expect(holds(new Set<HeldScope>(held), "*")).toBe(false);
      }),
    );
  });
});

it("knows scopes by their other names", () => {
  expect(parseScope("admin:plugins:write")).toBe("plugins:write");
  expect(parseScope("*")).toBe("*");
  expect(parseScope("plugins:everything")).toBeUndefined();
  expect(parseScope("__proto__")).toBeUndefined();
});

it("keeps the scopes of operators and of the data apart", () => {
  expect(DATA_SCOPES.some(isOperatorScope)).toBe(false);
  expect(OPERATOR_SCOPES.every(isOperatorScope)).toBe(true);
});
