import type { Problem, Violation } from "./api-error.ts";

/** Reads a problem document; undefined when the body is not one of ratd's. */
export function parseProblem(status: number, headers: Headers, body: unknown): Problem | undefined {
  if (!isObject(body) || typeof body["code"] !== "string") return undefined;
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  return {
    status,
    code: body["code"],
    title: text(body["title"]) ?? body["code"],
    detail: text(body["detail"]) ?? "",
    try: list(body["try"]).filter((step) => typeof step === "string"),
    requestId: text(body["request_id"]) ?? headers.get("x-request-id") ?? undefined,
    violations: list(body["violations"]).flatMap(violation),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
}

/** Whether `value` is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function violation(value: unknown): readonly Violation[] {
  if (!isObject(value)) return [];
  return [{ pointer: text(value["pointer"]) ?? "", message: text(value["message"]) ?? "" }];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
