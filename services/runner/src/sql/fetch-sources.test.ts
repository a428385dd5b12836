import { checkDestination } from "@rat/egress";
import { expect, test } from "vitest";
import { egressPolicyOf } from "./fetch-sources.ts";

const policy = { sourceHosts: ["localhost", "10.0.0.7", "[::1]"], sourceHttp: false, sourceLimit: 1 };

test.each([
  ["http://localhost/x", "http is not allowed"],
  ["https://localhost/x", "leads to a private address"],
  ["https://other/x", "host other is not allowed"],
  ["https://localhost:444/x", "host localhost:444 is not allowed"],
  ["https://10.0.0.8/x", "host 10.0.0.8 is not allowed"],
  ["https://0xA000008/x", "host 10.0.0.8 is not allowed"],
])("refuses %s", async (url, message) => {
  await expect(checkDestination(new URL(url), egressPolicyOf(policy))).rejects.toThrow(message);
});

test.each(["https://10.0.0.7/x", "https://[::1]/x"])("allows the listed address %s", async (url) => {
  await expect(checkDestination(new URL(url), egressPolicyOf(policy))).resolves.toHaveProperty("addresses");
});

test("a name may lead to a private address that is itself listed", async () => {
  const sourceHosts = ["localhost", "127.0.0.1", "::1"];
  await expect(
    checkDestination(new URL("https://localhost/x"), egressPolicyOf({ ...policy, sourceHosts })),
  ).resolves.toHaveProperty("addresses");
});
