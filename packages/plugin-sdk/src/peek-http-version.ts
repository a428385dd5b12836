import type { Duplex } from "node:stream";

/** How HTTP/2 begins without TLS; no method of HTTP/1.1 does. */
const PREFACE = "PRI";

/**
 * Reads just enough of a new connection to tell HTTP/2 from HTTP/1.1, puts it back, and says which. Bytes may
 * come one by one. A caller that leaves before it has said enough is cut off, and nothing is decided.
 */
export function peekHttpVersion(socket: Duplex, decided: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const read = (): void => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const start = seen.toString("latin1", 0, PREFACE.length);
    if (start.length < PREFACE.length && PREFACE.startsWith(start)) return;
    socket.off("readable", read);
    socket.off("end", leave);
    socket.unshift(seen);
    decided(start === PREFACE);
  };
  // Otherwise a half-open socket would stay here.
  const leave = (): void => void socket.destroy();
  socket.on("readable", read);
  socket.on("end", leave);
}
