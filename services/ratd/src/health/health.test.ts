import { describe, expect, it } from "vitest";
import { combine, readStatus, type Observation } from "./health.ts";

describe("readStatus", () => {
  it.each(["healthy", "degraded", "down", "unknown"])("takes %s as it is", (status) => {
    expect(readStatus(status, "m")).toEqual({ kind: "answer", status, message: "m" });
  });

  it.each(["", "Healthy", "HEALTHY", " healthy", "ok", "SERVING"])(
    "takes %j as unknown, and says so",
    (status) => {
      const read = readStatus(status, "");
      expect(read).toMatchObject({ kind: "answer", status: "unknown" });
      expect(read.message).toContain("healthy, degraded, down");
    },
  );
});

describe("combine", () => {
  const answer = (status: "healthy" | "degraded" | "down"): Observation => ({
    kind: "answer",
    status,
    message: "",
  });
  const refused: Observation = { kind: "refused", message: "connection refused (10.0.0.2:1)" };
  const failed: Observation = { kind: "failed", message: "no answer in time" };

  it("takes the best of several addresses and names those that do not answer", () => {
    expect(combine([refused, answer("healthy"), answer("degraded")])).toEqual({
      kind: "answer",
      status: "healthy",
      message: "1 of 3 addresses do not answer: connection refused (10.0.0.2:1)",
    });
  });

  it("is refused only when every address refuses", () => {
    expect(combine([refused, refused]).kind).toBe("refused");
    expect(combine([refused, failed]).kind).toBe("failed");
    expect(combine([])).toMatchObject({ kind: "failed" });
  });
});
