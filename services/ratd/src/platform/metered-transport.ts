import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import type { Metrics } from "./metrics.ts";

/** A transport that counts and times the calls of one slot. Streams are counted when they open. */
export function meteredTransport(
  inner: Transport,
  slot: string,
  metrics: Pick<Metrics, "rpcRequests" | "rpcDuration">,
  monotonic: () => number,
): Transport {
  const measure = async <T>(service: string, method: string, call: () => Promise<T>): Promise<T> => {
    const start = monotonic();
    let code = "ok";
    try {
      return await call();
    } catch (reason) {
      code = codeName(ConnectError.from(reason).code);
      throw reason;
    } finally {
      metrics.rpcRequests.inc({ slot, service, method, code });
      metrics.rpcDuration.observe({ slot, service, method }, (monotonic() - start) / 1000);
    }
  };
  return {
    unary: (method, ...rest) =>
      measure(method.parent.typeName, method.name, () => inner.unary(method, ...rest)),
    stream: (method, ...rest) =>
      measure(method.parent.typeName, method.name, () => inner.stream(method, ...rest)),
  };
}

/** The code as the Connect protocol writes it, for example `deadline_exceeded`. */
function codeName(code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase();
}
