import { expect, test } from "vitest";
import { RatError } from "../errors.ts";
import { requestHash } from "./request-hash.ts";

const URL = "/api/v1/runs";
const BODY = {
  namespace: "sales",
  pipeline: "orders",
  parameters: { z: [1, 2.5, null, { b: "ü", a: -0 }], a: {} },
  layer: "gold",
};

test("the hash of a request is what it was before, since hashes of earlier requests are stored", () => {
  expect(requestHash(URL, BODY).toString("hex")).toBe(
    "18b7c80a05b8dfb3c3559591f5549316a40999a2a76a9f7d79edd1e1d428fc7e",
  );
});

test("a request is the same in another order, and another at another address or without a body", () => {
  const again = { layer: "gold", parameters: BODY.parameters, pipeline: "orders", namespace: "sales" };
  expect(requestHash(URL, again)).toEqual(requestHash(URL, BODY));
  expect(requestHash("/api/v1/other", BODY)).not.toEqual(requestHash(URL, BODY));
  expect(requestHash(URL, undefined)).toEqual(requestHash(URL, null));
});

test("a body that has no one text is refused in words", () => {
  const huge: unknown = JSON.parse('{"parameters":{"n":1e999}}');
  expect(() => requestHash(URL, huge)).toThrow(RatError);
  expect(() => requestHash(URL, huge)).toThrow(/parameters\.n is Infinity, not a finite number/);
});
