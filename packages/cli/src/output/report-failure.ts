import type { Failure } from "./failure.ts";
import { printable } from "./printable.ts";

/** The error for people: what, why, what to do, where to read more. */
export function failureText(failure: Failure): string {
  const lines = [
    `error ${failure.code}: ${failure.title}`,
    ...failure.detail.split("\n").map((line, index) => `  ${index === 0 ? "Why " : "    "}  ${line}`),
    ...failure.try.map((step, index) => `  ${index === 0 ? "Try " : "    "}  ${step}`),
    `  Docs  rat explain ${failure.code}`,
    ...(failure.requestId === undefined ? [] : [`  Id    ${failure.requestId}`]),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** The error for programs: one line of JSON. */
export function failureJson({ code, title, detail, try: steps, requestId }: Failure): string {
  return `${JSON.stringify({ error: { code, title, detail, try: steps, request_id: requestId ?? null } })}\n`;
}
