import { describe, expect, test } from "vitest";
import { startFakeRatd } from "../../testing/fake-ratd.ts";
import { rat } from "../../testing/fake-terminal.ts";
import { page } from "../../testing/page.ts";
import { troubledState } from "../../testing/sample-state.ts";

describe("rat access leases", () => {
  test("list, show and revoke", async () => {
    expect(await page("access", "leases", "list")).toMatchInlineSnapshot(`
      "
      LEASE                             STATE   USER   FOR                       ACCESS  PROVIDER  RUN  AGE  ENDS
      lse_0123456789abcdef0123456789ab  active  alice  table sales/gold/revenue  read    aws       –    10m  2026-01-15T12:50:00.000Z
      "
    `);
    expect(await page("access", "leases", "show", "lse_0123456789abcdef0123456789ab")).toContain(
      "Revocable  no: the credentials work until their end",
    );
    await using ratd = await startFakeRatd(troubledState());
    await rat(["access", "leases", "list", "--state", "active", "--run", "r", "--user", "u"], ratd.address);
    expect(ratd.seen).toEqual(["GET /api/v1/leases?state=active&run_id=r&user_id=u&limit=200"]);
    expect((await rat(["access", "leases", "list", "--state", "lost"], ratd.address)).exit).toBe(2);
    ratd.state.access.ends = false;
    const { exit, stdout } = await rat(["access", "leases", "revoke", "lse_1", "--yes"], ratd.address);
    expect(exit).toBe(1);
    expect(stdout).toContain("its credentials work until 2026-01-15T12:50:00.000Z");
  });
});
