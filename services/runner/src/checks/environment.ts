import { refuse, requireText } from "./refuse.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
/** The longest single variable or argument that Linux passes to a program, in bytes. */
export const MAX_TEXT_BYTES = 131_071;
/** All variables, or all arguments, together. */
export const MAX_TOTAL_BYTES = 128 * 1024;

/** Names that no pipeline may take: they are for ratd and its executors to tell. */
export const RESERVED_PREFIX = /^RAT_/;
/** Names of {@link RESERVED_PREFIX} that the runner itself sets. ratd may tell others by the request. */
export const OWN_NAMES =
  /^(RAT_(RUN_ID|ATTEMPT|NAMESPACE|LAYER|PIPELINE|WORKSPACE|CREDENTIALS_FILE|RUN_MARK)|HOME|TMPDIR)$/;

/** Names that the dynamic linker heeds: they would rule the programs that confine a run before it is confined. */
const LINKER_NAMES = /^(LD_.*|GLIBC_TUNABLES|GCONV_PATH|LOCPATH|NLSPATH)$/;

/** Variables of a program, by name, none of them reserved. @throws PluginError `invalid_argument`. */
export function requireEnvironment(
  field: string,
  value: unknown,
  reserved: RegExp,
): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(field, "must be an object of texts");
  }
  let bytes = 0;
  const entries = Object.entries(value).map(([name, text]) => {
    if (!NAME.test(name))
      refuse(`${field}.${JSON.stringify(name.slice(0, 40))}`, `must match ${NAME.source}`);
    if (reserved.test(name)) refuse(`${field}.${name}`, "is a name that the runner itself sets");
    if (LINKER_NAMES.test(name)) refuse(`${field}.${name}`, "is a name that the dynamic linker heeds");
    const checked = requireText(`${field}.${name}`, text, MAX_TEXT_BYTES);
    bytes += name.length + Buffer.byteLength(checked) + 2;
    return [name, checked] as const;
  });
  if (bytes > MAX_TOTAL_BYTES) refuse(field, `must have at most ${MAX_TOTAL_BYTES} bytes in all`);
  return Object.fromEntries(entries);
}
