import { CliError } from "../output/cli-error.ts";

/** The options of one command line by their long name in camelCase. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** The text of an option; undefined when it was not given. */
export function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

/** The texts of an option that may be given several times. */
export function textFlags(flags: Flags, name: string): readonly string[] {
  const value = flags[name];
  if (typeof value === "string") return [value];
  return typeof value === "object" ? value : [];
}

/** The whole number of an option, within limits; undefined when it was not given. */
export function numberFlag(
  flags: Flags,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = textFlag(flags, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^-?\d{1,9}$/u.test(text) && value >= min && value <= max) return value;
  throw new CliError("bad_usage", `--${name} ${text} is no whole number from ${min} to ${max}`);
}
