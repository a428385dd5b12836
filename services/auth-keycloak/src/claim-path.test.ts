import { expect, test } from "vitest";
import { claimAt, parseClaimPath } from "./claim-path.ts";

test.each([
  ["realm_access.roles", ["realm_access", "roles"]],
  ["/realm_access/a~1b~0c", ["realm_access", "a/b~c"]],
  [["https://rat.example/roles"], ["https://rat.example/roles"]],
  ["https://rat.example/roles", ["https://rat.example/roles"]],
  [
    ["resource_access", "{client_id}", "roles"],
    ["resource_access", "my.client$&", "roles"],
  ],
  ["resource_access.{client_id}.roles", ["resource_access", "my.client$&", "roles"]],
])("%j is a path", (spec, path) => {
  expect(parseClaimPath(spec, "my.client$&")).toEqual(path);
});

test("a path leads to what the token says, and to nothing that every object has", () => {
  const claims = { a: { b: ["x"] }, text: "long", list: ["y"] };
  expect(claimAt(claims, ["a", "b"])).toEqual(["x"]);
  for (const path of [["a", "c"], ["text", "length"], ["constructor", "name"], ["__proto__"], ["toString"]]) {
    expect(claimAt(claims, path)).toBeUndefined();
  }
});
