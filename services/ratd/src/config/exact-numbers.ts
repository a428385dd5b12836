/**
 * Why a number of a YAML file is another one than what is written, or is none that JSON can carry; undefined when it is
 * kept exactly.
 */
export function inexactness(written: string, value: number): string | undefined {
  if (!Number.isFinite(value)) return "is no number that can be handed on";
  const text = written.replaceAll("_", "");
  if (/^[-+]?0[0-9]/.test(text)) return "begins with a zero, which a number does not keep";
  if (/^0[xo]/.test(text))
    return Number.isSafeInteger(value) ? undefined : "is larger than a number can be kept";
  return digitsOf(text) === digitsOf(String(value)) ? undefined : "has more digits than a number keeps";
}

/** The significant digits of a decimal number. */
function digitsOf(text: string): string {
  const [mantissa = ""] = text.toLowerCase().split("e");
  const digits = mantissa.replace(/^[-+]/, "").replace(".", "").replace(/^0+/, "");
  return digits.replace(/0+$/, "");
}
