import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { rat } from "../../testing/fake-terminal.ts";
import { golden } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

describe("rat slots", () => {
  test.each([[["slots", "list"]], [["slots", "list", "-o", "wide"]], [["slots", "show", "auth"]]])(
    "%j",
    async (words) => {
      await using ratd = await startFakeRatd(troubledState());
      const { exit, stdout } = await rat(words, ratd.address);
      expect(exit).toBe(0);
      expect(golden(stdout, ratd.address)).toMatchSnapshot();
    },
  );

  test("what is not there exits 5", async () => {
    await using ratd = await startFakeRatd(troubledState());
    expect((await rat(["slots", "show", "nope"], ratd.address)).exit).toBe(5);
  });
});
