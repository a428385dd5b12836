import { expect, test } from "vitest";
import { pageToken, readPageToken } from "./page-token.ts";

test("a token leads back to its place, for its own question", () => {
  const token = pageToken("123456789012345678", ["bob", "", "analyst"]);
  expect(token).toMatch(/^[\w-]+$/);
  expect(readPageToken(token, ["bob", "", "analyst"])).toBe("123456789012345678");
  expect(readPageToken("", ["bob"])).toBe("0");
  expect(() => readPageToken(token, ["eve", "", "analyst"])).toThrow("page_token");
});

test.each(["x", "MQ", Buffer.from("1.-5.0000000000000000").toString("base64url"), "1' OR 1=1"])(
  "%j is no token",
  (token) => {
    expect(() => readPageToken(token, ["bob"])).toThrow("page_token");
  },
);
