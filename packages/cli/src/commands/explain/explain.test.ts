import { describe, expect, test } from "vitest";
import { rat } from "../../testing/fake-terminal.ts";
import { golden } from "../../testing/page.ts";

describe("rat explain", () => {
  test.each(["slot_denying", "FALLBACK", "8", "unreachable"])(
    "explains %s without a network",
    async (code) => {
      const { exit, stdout } = await rat(["explain", code], "http://127.0.0.1:1");
      expect(exit).toBe(0);
      expect(golden(stdout, "http://127.0.0.1:1")).toMatchSnapshot();
    },
  );

  test("of something unknown exits 5 and names what is near", async () => {
    const { exit, stderr } = await rat(["explain", "fall", "-o", "json"], "http://127.0.0.1:1");
    expect(exit).toBe(5);
    expect(JSON.parse(stderr).error).toMatchObject({
      code: "nothing_known",
      try: ["rat explain auth_fallback", "rat explain fallback"],
    });
  });
});
