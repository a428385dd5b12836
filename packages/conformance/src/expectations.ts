import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { Violation } from "./conformance-case.ts";
import type { Exchange } from "./exchange.ts";
import type { Outcome } from "./target.ts";

/** Ends the case unless the condition holds. */
export function require(condition: boolean, exchange: Exchange, expected: string): asserts condition {
  if (condition) return;
  const { sent, answer, replay } = exchange;
  throw new Violation({ sent, expected, got: answer, replay });
}

/** The message of a call that must succeed. */
export function answered<O extends DescMessage>(
  outcome: Outcome<O>,
  expected = "an answer",
): MessageShape<O> {
  if (!outcome.ok) require(false, outcome.exchange, expected);
  return outcome.message;
}

/** Ends the case unless the call was refused with one of the codes. */
export function refused<O extends DescMessage>(outcome: Outcome<O>, ...codes: readonly Code[]): void {
  const names = codes.map((code) => wireName(code)).join(" or ");
  require(!outcome.ok && codes.includes(outcome.error.code), outcome.exchange, `the error ${names}`);
}

/** True when the plugin does not offer the RPC. */
export function isUnimplemented<O extends DescMessage>(outcome: Outcome<O>): boolean {
  return !outcome.ok && outcome.error.code === Code.Unimplemented;
}

function wireName(code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}
