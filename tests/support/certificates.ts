import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Paths of PEM files: an authority, and one certificate for 127.0.0.1 that it signed, for server and client alike. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes certificates with openssl, removed when the test has finished; undefined where there is no openssl. */
export function makeCertificates(): Certificates | undefined {
  const folder = mkdtempSync(join(tmpdir(), "rat-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const openssl = (...args: string[]): void =>
    void execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  try {
    openssl("version");
  } catch {
    return undefined;
  }
  const request = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
  ];
  openssl(...request, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"];
  openssl(...request, "-keyout", "peer.key", "-out", "peer.pem", "-subj", "/CN=peer", ...signed);
  return { ca: join(folder, "ca.pem"), cert: join(folder, "peer.pem"), key: join(folder, "peer.key") };
}
