import { parseArgs } from "node:util";

/** What the command line asks for. */
export type Command =
  | {
      readonly kind: "serve" | "check";
      readonly file: string | undefined;
      readonly strict: boolean | undefined;
    }
  | { readonly kind: "help" | "version" }
  | { readonly kind: "wrong"; readonly message: string };

/** The text of `ratd --help`. */
export const USAGE = `Usage: ratd [options]

The RAT control plane: five slots, filled by the plugins that rat.yaml names.

Options:
  -c, --config FILE   configuration (default: RAT_CONFIG, else ./rat.yaml)
      --check-config  check the configuration and exit
      --strict        deny by default when auth, enforcement, sharing or cloud is down (RAT_STRICT=1)
  -v, --version       print the version
  -h, --help          print this

Environment:
  RAT_CONFIG, RAT_STRICT   as above
  RAT_LISTEN               address of the HTTP API, host:port (default 127.0.0.1:8080)
  RAT_DATA_DIR             where ratd keeps its data (default: .rat beside the configuration)
  DATABASE_URL             a PostgreSQL of yours, 14 or newer (default: an embedded one)
`;

/** Reads the arguments after the program's name. */
export function parseCommandLine(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: "string", short: "c" },
        "check-config": { type: "boolean" },
        strict: { type: "boolean" },
        version: { type: "boolean", short: "v" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) return { kind: "help" };
    if (values.version === true) return { kind: "version" };
    const kind = values["check-config"] === true ? "check" : "serve";
    return { kind, file: values.config, strict: values.strict };
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}
