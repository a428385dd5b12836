import { X509Certificate } from "node:crypto";
import { tlsMaterial } from "../platform/connection/dial.ts";
import { readFileOfConfig } from "./read-file.ts";
import { SLOT_NAMES, type RatYaml, type SlotYaml } from "./schema.ts";

/** Something wrong with a file of TLS, at the key that names it. */
export interface TlsProblem {
  readonly path: readonly string[];
  readonly message: string;
}

type TlsYaml = NonNullable<SlotYaml["tls"]>;

/**
 * Puts what stands in the files of TLS in the place of their paths, as references are replaced: so a certificate that was
 * renewed in place is a changed configuration, and what does not fit together is found before anybody uses it.
 */
export function readTlsFiles(
  yaml: RatYaml,
  resolvePath: (path: string) => string,
  show: (key: readonly string[]) => string,
): { yaml: RatYaml; problems: readonly TlsProblem[] } {
  const problems: TlsProblem[] = [];
  const plugins = { ...yaml.plugins };
  for (const slot of SLOT_NAMES) {
    const entry = plugins[slot];
    if (entry?.tls === undefined) continue;
    const at = ["plugins", slot, "tls"];
    const tls = { ...entry.tls };
    if ((tls.cert === undefined) !== (tls.key === undefined)) {
      problems.push({ path: at, message: "cert and key belong together; one of them is missing" });
      continue;
    }
    for (const name of ["ca", "cert", "key"] as const) {
      const path = tls[name];
      if (path === undefined) continue;
      try {
        tls[name] = readFileOfConfig(resolvePath(path));
      } catch (reason) {
        const key = [...at, name];
        problems.push({ path: key, message: `cannot read the file ${show(key)}: ${messageOf(reason)}` });
      }
    }
    const unreadable = problems.some(({ path }) => path[1] === slot);
    if (!unreadable) problems.push(...whatDoesNotFit(tls, at));
    plugins[slot] = { ...entry, tls };
  }
  return { yaml: yaml.plugins === undefined ? yaml : { ...yaml, plugins }, problems };
}

function whatDoesNotFit({ ca, cert, key }: TlsYaml, at: readonly string[]): readonly TlsProblem[] {
  for (const [name, text] of Object.entries({ ca, cert })) {
    if (text !== undefined && !isCertificate(text)) {
      return [{ path: [...at, name], message: "there is no certificate in PEM form in the file" }];
    }
  }
  try {
    tlsMaterial({ ca, cert, key, serverName: "" });
    return [];
  } catch (reason) {
    return [{ path: at, message: `the files do not go together: ${messageOf(reason)}` }];
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
