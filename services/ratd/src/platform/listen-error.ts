import { RatError, systemCode } from "../errors.ts";
import { formatHostPort, type HostPort } from "./host-port.ts";

/** A failed listen in our terms; `key` is the key of rat.yaml. */
export function listenError(reason: unknown, key: string, address: HostPort): RatError {
  const code = systemCode(reason);
  const where = formatHostPort(address);
  if (code === "EADDRINUSE") {
    return new RatError("address_in_use", `Another process listens on ${where} (${key}).`, { cause: reason });
  }
  return new RatError("address_unusable", `Cannot listen on ${where} (${key}): ${code ?? String(reason)}.`, {
    cause: reason,
  });
}
