import type { FastifyRequest } from "fastify";
import { describe, expect, it } from "vitest";
import { createManualClock } from "../../../../../tests/support/manual-clock.ts";
import { anonymousPrincipal } from "../../access/principal.ts";
import { principalLimits } from "./principal-limits.ts";

const request = {
  method: "GET",
  ip: "127.0.0.1",
  routeOptions: { config: { scope: "self" }, url: "/api/v1/me" },
  rat: { principal: anonymousPrincipal("builtin") },
} as unknown as FastifyRequest;

describe("the limits of a principal", () => {
  it("count at the next request when they change, with what the minute has counted", () => {
    const limits = { list: 0, get: 0, write: 0, data_read: 3, data_write: 0 };
    const clock = createManualClock();
    const admit = principalLimits(() => limits, clock);
    const admitted = () => admit(request) === undefined;
    expect([admitted(), admitted()]).toEqual([true, true]);
    limits.data_read = 2;
    expect(admitted()).toBe(false);
    limits.data_read = 10;
    expect(admitted()).toBe(true);
    limits.data_read = 1;
    expect(admit(request)?.message).toContain("limit of 1 requests a minute for reads");
    limits.data_read = 0;
    expect(admitted()).toBe(true);
    limits.data_read = 1;
    clock.advance(60_000);
    expect([admitted(), admitted()]).toEqual([true, false]);
  });
});
