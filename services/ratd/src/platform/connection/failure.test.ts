import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { classifyFailure, printable } from "./failure.ts";

const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code });
const wrapped = (cause: unknown, code = Code.Internal) =>
  Object.assign(new ConnectError("wrapped", code), { cause });

describe("classifyFailure", () => {
  it.each([
    [system("ECONNREFUSED"), "refused"],
    [wrapped(system("EHOSTUNREACH")), "refused"],
    [wrapped(wrapped(system("ENOTFOUND"))), "refused"],
    [new AggregateError([system("ECONNREFUSED"), system("ECONNREFUSED")]), "refused"],
    [wrapped(system("ECONNRESET"), Code.Aborted), "closed"],
    [wrapped(system("ETIMEDOUT")), "timeout"],
    [new ConnectError("late", Code.DeadlineExceeded), "timeout"],
    [new ConnectError("gone", Code.Canceled), "canceled"],
    [wrapped(system("HPE_INVALID_CONSTANT")), "broken"],
    [new ConnectError("bad token", Code.Unauthenticated), "answer"],
    [new ConnectError("oops", Code.Internal), "broken"],
    [
      new ConnectError("message size 999 is larger than configured readMaxBytes 10", Code.ResourceExhausted),
      "broken",
    ],
    [new ConnectError("no free place", Code.ResourceExhausted), "answer"],
    ["not even an error", "broken"],
    [undefined, "broken"],
  ])("reads %s as %s", (reason, kind) => {
    expect(classifyFailure(reason).kind).toBe(kind);
  });

  it("survives causes that go in a circle", () => {
    const error = new Error("a");
    error.cause = error;
    expect(classifyFailure(error).kind).toBe("broken");
  });
});

describe("printable", () => {
  it("takes control characters out and bounds the length", () => {
    expect(printable("a\u001b[31mred\r\nb\u0000")).toBe("a [31mred b");
    expect(printable("x".repeat(20_000))).toHaveLength(8192);
  });
});
