import { expect, test } from "vitest";
import { callOptions, changeOptions } from "./remote-call.ts";

const { signal } = new AbortController();

test("a call carries its trace and the id of its request on, and what changes something a key", () => {
  const context = { requestId: "r", traceparent: "00-1-2-00", signal };
  expect(callOptions(context)).toEqual({
    headers: { traceparent: "00-1-2-00", "x-request-id": "r" },
    signal,
  });
  expect(changeOptions(context).headers).toEqual({
    traceparent: "00-1-2-00",
    "x-request-id": "r",
    "idempotency-key": "r",
  });
});

test("a call without a trace sends no empty one, which no plugin could read", () => {
  const context = { requestId: "r", traceparent: "", signal };
  expect(Object.keys(callOptions(context).headers)).toEqual(["x-request-id"]);
  expect(Object.keys(changeOptions(context).headers)).toEqual(["x-request-id", "idempotency-key"]);
});
