import { Type } from "typebox";
import { expect, test } from "vitest";
import { ConfigParser } from "./config-parser.ts";
import { secret } from "./secret.ts";

const parser = new ConfigParser<unknown>(
  Type.Object({
    token: secret(),
    users: Type.Array(Type.Object({ id: Type.String(), age: Type.Integer({ default: 7 }) }), { default: [] }),
  }),
);

test("fills in defaults, also inside lists, and leaves its input alone", () => {
  const input = { token: "t", users: [{ id: "a" }] };
  expect(parser.parse(input)).toEqual({ token: "t", users: [{ id: "a", age: 7 }] });
  expect(input).toEqual({ token: "t", users: [{ id: "a" }] });
});

test.each([
  [{}, "config.token: is required"],
  [{ token: "" }, "config.token: must NOT have fewer than 1 characters"],
  [{ token: "t", usres: [] }, "config.usres: is not a known field"],
  [{ token: "t", users: [{ id: "a" }, { id: 1 }] }, "config.users[1].id: must be string"],
  [{ token: "t", users: [{ id: "a", ag: 1 }] }, "config.users[0].ag: is not a known field"],
  ["text", "config: must be object"],
])("refuses %j naming the field", (value, message) => {
  expect(() => parser.parse(value)).toThrow(message);
});

test("never repeats a value, which may be a secret", () => {
  const value = { token: ["hunter2"], users: "hunter2" };
  expect(() => parser.parse(value)).toThrow(/^(?!.*hunter2).*config\.token/s);
});
