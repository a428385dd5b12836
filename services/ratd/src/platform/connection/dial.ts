import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import type { HostPort } from "../host-port.ts";

/** TLS material for connections to one plugin, read once. */
export interface TlsMaterial {
  readonly context: SecureContext;
  /** The name that the certificate must carry. */
  readonly serverName: string;
}

/** PEM texts of a TLS configuration. */
export interface TlsTexts {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string;
}

/** Prepares TLS; certificates below TLS 1.2 and unknown authorities are refused. */
export function tlsMaterial({ ca, cert, key, serverName }: TlsTexts): TlsMaterial {
  return { context: createSecureContext({ ca, cert, key, minVersion: "TLSv1.2" }), serverName };
}

/** A socket that did not open in time. */
export class DialTimeoutError extends Error {
  override readonly name = "DialTimeoutError";
  readonly code = "ETIMEDOUT";
}

/** What one dial needs. */
export interface DialOptions {
  readonly address: HostPort;
  readonly timeoutMs: number;
  readonly tls: TlsMaterial | undefined;
  readonly alpn: "http/1.1" | "h2";
}

/**
 * Opens a socket. The limit covers TCP and the TLS handshake; when it passes, the socket fails with
 * DialTimeoutError. TCP keep-alive finds peers that vanished without a word.
 */
export function dial({ address, timeoutMs, tls, alpn }: DialOptions): Socket {
  const target = {
    host: address.host,
    port: address.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 10_000,
  };
  const socket =
    tls === undefined
      ? connectTcp(target)
      : connectTls({
          ...target,
          secureContext: tls.context,
          ALPNProtocols: [alpn],
          // SNI must be a name; the check of the certificate takes names and addresses.
          ...(isIP(tls.serverName) === 0
            ? { servername: tls.serverName }
            : { host: tls.serverName, lookup: fixed(address.host) }),
        });
  const timer = setTimeout(() => {
    socket.destroy(
      new DialTimeoutError(`no connection to ${address.host}:${address.port} within ${timeoutMs} ms`),
    );
  }, timeoutMs);
  const settle = () => clearTimeout(timer);
  socket.once(tls === undefined ? "connect" : "secureConnect", settle);
  socket.once("close", settle);
  return socket;
}

function fixed(address: string) {
  return (_host: string, _options: unknown, done: (error: null, address: string, family: number) => void) =>
    done(null, address, isIP(address));
}
