import { resolve } from "node:path";
import { readFileOfConfig } from "./read-file.ts";

/** What a reference may read: the environment, and files relative to rat.yaml. */
export interface ReferenceSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
}

/** A reference that could not be resolved, with the path of the value that holds it. */
export interface ReferenceProblem {
  readonly path: readonly string[];
  readonly message: string;
}

const REFERENCE = /\$\{([^}]*)\}/g;

/**
 * Replaces `${env:NAME}`, `${env:NAME:-default}` and `${file:path}` in every string of `value`; the trailing line break of a file is
 * dropped. `$${` stands for a literal `${`.
 */
export function resolveReferences(
  value: unknown,
  sources: ReferenceSources,
): { value: unknown; problems: readonly ReferenceProblem[] } {
  const problems: ReferenceProblem[] = [];
  const walk = (node: unknown, path: readonly string[]): unknown => {
    if (typeof node === "string") return replace(node, path);
    if (Array.isArray(node)) return node.map((item, index) => walk(item, [...path, String(index)]));
    if (node !== null && typeof node === "object") {
      return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, [...path, key])]));
    }
    return node;
  };
  const replace = (text: string, path: readonly string[]): string =>
    text
      .split("$${")
      .map((part) =>
        part.replace(REFERENCE, (whole, body: string) => {
          const result = read(body, sources);
          if ("text" in result) return result.text;
          problems.push({ path, message: result.problem });
          return whole;
        }),
      )
      .join("${");
  return { value: walk(value, []), problems };
}

function read(body: string, { env, directory }: ReferenceSources): { text: string } | { problem: string } {
  const [kind, name = ""] = body.split(/:(.*)/s, 2);
  if (kind === "env") {
    const [variable = "", byDefault] = name.split(/:-(.*)/s, 2);
    const text = env[variable];
    // As in a shell: the default also stands for an empty variable.
    if (byDefault !== undefined) return { text: text === undefined || text === "" ? byDefault : text };
    return text === undefined
      ? {
          problem: `the environment variable ${variable} is not set; set it, or write \${env:${variable}:-default}`,
        }
      : { text };
  }
  if (kind === "file") {
    try {
      const text = readFileOfConfig(resolve(directory, name)).replace(/\r?\n$/, "");
      return text === "" ? { problem: `the file of \${${body}} is empty` } : { text };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { problem: `cannot read the file of \${${body}}: ${reason}` };
    }
  }
  return {
    problem: `unknown reference \${${body}}; allowed: \${env:NAME}, \${env:NAME:-default}, \${file:path}`,
  };
}
