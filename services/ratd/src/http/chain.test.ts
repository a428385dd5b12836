import { expect, it } from "vitest";
import { CHAIN } from "./chain.ts";

it("is the documented chain, with the auth slot at layer 9", () => {
  expect(CHAIN.map(({ number, name }) => `${number} ${name}`)).toEqual([
    "1 cors",
    "2 security-headers",
    "3 request-id",
    "4 client-address",
    "5 access-log",
    "6 error-mapping",
    "7 limits",
    "8 rate-limit",
    "9 authenticate",
    "10 audit",
    "11 authorize",
  ]);
});
