import { describe, expect, it, test } from "vitest";
import { checkDestination, type HostAddress } from "./check-destination.ts";
import type { EgressPolicy } from "./egress-policy.ts";

const OPEN: EgressPolicy = {
  plainHttp: true,
  hosts: undefined,
  privateAddresses: [],
  remedy: "the setting `allowed` names those that are",
};
const v4 = (address: string): HostAddress => ({ address, family: 4 });
const answers =
  (...addresses: string[]) =>
  () =>
    Promise.resolve(
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }) as const),
    );

describe("a URL that names a private address", () => {
  it.each([
    "http://127.0.0.1/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://①②⑦.0.0.1/",
    "http://0/",
    "http://127.0.0.1./",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://169.254.169.254/latest/meta-data/",
  ])("%s is refused without a question to a resolver", async (text) => {
    const resolve = () => Promise.reject(new Error("was asked"));
    await expect(checkDestination(new URL(text), OPEN, resolve)).rejects.toMatchObject({
      problem: "address_refused",
      message: expect.stringContaining("the setting `allowed` names those that are"),
    });
  });
});

test.each(["http://localhost/", "http://localhost./", "http://LOCALHOST/"])(
  "%s is resolved by the machine and refused",
  async (text) => {
    await expect(checkDestination(new URL(text), OPEN)).rejects.toThrow(
      /leads to a private address: .*loopback/,
    );
  },
);

test("names host, address and remedy where no address is allowed", async () => {
  const asked = checkDestination(new URL("http://a.example:81/"), OPEN, answers("10.0.0.1", "fd00::1"));
  await expect(asked).rejects.toThrow(
    "host a.example:81 leads to a private address: 10.0.0.1 (private) is not allowed here; the setting `allowed` names those that are",
  );
});

test("of several addresses only the allowed ones are left", async () => {
  const resolve = answers("10.0.0.1", "8.8.8.8", "::1", "2606:4700::1", "::ffff:127.0.0.1");
  expect((await checkDestination(new URL("http://a.example/"), OPEN, resolve)).addresses).toEqual([
    v4("8.8.8.8"),
    { address: "2606:4700::1", family: 6 },
  ]);
});

test("a name may lead to a private address that an operator listed", async () => {
  const policy = { ...OPEN, privateAddresses: ["10.0.0.1"] };
  const { addresses } = await checkDestination(new URL("http://a/"), policy, answers("10.0.0.1", "10.0.0.2"));
  expect(addresses).toEqual([v4("10.0.0.1")]);
});

test("with a list of hosts only those are asked, port and all", async () => {
  const policy = { ...OPEN, hosts: ["a.example", "b.example:8080", "127.0.0.1:9"] };
  const go = (text: string) => checkDestination(new URL(text), policy, answers("8.8.8.8"));
  for (const text of [
    "http://a.example/",
    "http://A.example:80/",
    "http://b.example:8080/",
    "http://127.0.0.1:9/",
  ]) {
    await expect(go(text)).resolves.toBeDefined();
  }
  for (const text of [
    "http://a.example:8080/",
    "http://b.example/",
    "http://127.0.0.1/",
    "http://c/",
    "http://a.example./",
  ]) {
    await expect(go(text)).rejects.toMatchObject({ problem: "host_not_listed" });
  }
});

test("refuses other protocols, plain HTTP where it is off, credentials, and names without an address", async () => {
  const go = (text: string, policy = OPEN, resolve = answers()) =>
    checkDestination(new URL(text), policy, resolve);
  await expect(go("file:///etc/passwd")).rejects.toMatchObject({ problem: "protocol_refused" });
  await expect(go("http://8.8.8.8/", { ...OPEN, plainHttp: false })).rejects.toThrow(
    "http is not allowed here",
  );
  await expect(go("http://a:b@8.8.8.8/")).rejects.toMatchObject({ problem: "credentials_in_url" });
  await expect(go("http://a.example/")).rejects.toMatchObject({ problem: "host_unknown" });
  const fails = () => Promise.reject(new Error("getaddrinfo ENOTFOUND a.example"));
  await expect(go("http://a.example/", OPEN, fails)).rejects.toThrow(
    /host a\.example cannot be resolved: .*ENOTFOUND/,
  );
});
