import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { classifyFailure, overloaded, printable } from "./failure.ts";

const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code });
const wrapped = (cause: unknown, code = Code.Internal) =>
  Object.assign(new ConnectError("wrapped", code), { cause });

/** What the plugin itself said. */
const said = (code: Code, message = "said") =>
  Object.assign(new ConnectError(message, code), { isWireError: true });

describe("classifyFailure", () => {
  it.each([
    [system("ECONNREFUSED"), "refused"],
    [wrapped(system("EHOSTUNREACH")), "refused"],
    [wrapped(wrapped(system("ENOTFOUND"))), "refused"],
    [new AggregateError([system("ECONNREFUSED"), system("ECONNREFUSED")]), "refused"],
    [wrapped(system("ECONNRESET"), Code.Aborted), "closed"],
    [wrapped(system("ERR_HTTP2_STREAM_ERROR")), "closed"],
    [new ConnectError("http/2 stream closed with error code CANCEL (0x8)", Code.Canceled), "closed"],
    [wrapped(system("ETIMEDOUT")), "timeout"],
    [new ConnectError("late", Code.DeadlineExceeded), "timeout"],
    [said(Code.DeadlineExceeded), "timeout"],
    [new ConnectError("gone", Code.Canceled), "canceled"],
    [said(Code.Canceled), "broken"],
    [said(Code.Unauthenticated, "bad token"), "answer"],
    [said(Code.InvalidArgument, "no such color"), "answer"],
    [said(Code.ResourceExhausted, "no free place"), "answer"],
    [said(Code.Internal, "oops"), "broken"],
    [said(Code.Unavailable, "draining"), "broken"],
    [new ConnectError("HTTP 404", Code.Unimplemented), "answer"],
    [new ConnectError("HTTP 503", Code.Unavailable), "broken"],
    [wrapped(system("CERT_HAS_EXPIRED")), "broken"],
    [wrapped(system("HPE_INVALID_CONSTANT")), "malformed"],
    [wrapped(system("UND_ERR_HEADERS_OVERFLOW")), "malformed"],
    [new ConnectError("protocol error: incomplete envelope", Code.InvalidArgument), "malformed"],
    [new ConnectError("protocol error: promised 9 bytes, received 4", Code.InvalidArgument), "malformed"],
    [new ConnectError("protocol error: missing output message", Code.Unimplemented), "malformed"],
    [
      new ConnectError("message size 9 is larger than configured writeMaxBytes 8", Code.ResourceExhausted),
      "oversized",
    ],
    [overloaded(2), "overloaded"],
    ["not even an error", "broken"],
    [undefined, "broken"],
  ])("reads %s as %s", (reason, kind) => {
    expect(classifyFailure(reason).kind).toBe(kind);
  });

  it.each([
    [
      "message size 9 is larger than configured readMaxBytes 8",
      "an answer of 9 bytes, which is over the limit of 8 bytes",
    ],
    ["message size is larger than configured readMaxBytes 8", "an answer over the limit of 8 bytes"],
    ["message is larger than configured readMaxBytes 8", "an answer over the limit of 8 bytes"],
  ])("says of %j that it is %s", (message, words) => {
    const failure = classifyFailure(new ConnectError(message, Code.ResourceExhausted));
    expect(failure).toMatchObject({ kind: "malformed", message: words });
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
