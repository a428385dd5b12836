import { expect, test } from "vitest";
import { idBase } from "./id-base.ts";

test.each([
  ["a machine", "         0          0 4294967295\n", undefined, 0x7000_0000],
  ["a container with few users", "         0     100000      65536\n", undefined, 50_000],
  ["a system that does not say", "", undefined, 50_000],
  ["a number of the settings", "         0          0 4294967295\n", 7000, 7000],
])("%s", (_what, map, wanted, users) => expect(idBase(wanted, map).users).toBe(users));
