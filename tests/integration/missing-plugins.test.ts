import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestRatd, type TestRatd } from "../support/test-ratd.ts";

let database: TestDatabase;
let bare: TestRatd;

beforeAll(async () => {
  database = await createTestDatabase();
  bare = await startTestRatd(database.connectionString);
});
afterAll(async () => {
  await bare[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

describe("without a sharing or cloud plugin", () => {
  const given = { resource_type: "pipeline", resource_id: "default/gold/none" };
  it.each([
    [
      "a thing that is not there",
      "POST",
      "/api/v1/sharing",
      { ...given, grantee_id: "bob", permission: "read" },
      "sharing",
    ],
    [
      "nobody in particular",
      "POST",
      "/api/v1/sharing",
      { ...given, grantee_id: "anonymous", permission: "read" },
      "sharing",
    ],
    ["a body that is wrong", "POST", "/api/v1/sharing", { colour: "red" }, "sharing"],
    ["a grant that is not there", "DELETE", "/api/v1/sharing/none", undefined, "sharing"],
    [
      "an owner who is none",
      "POST",
      "/api/v1/sharing/transfer",
      { ...given, from_user_id: "ada", to_user_id: "bob" },
      "sharing",
    ],
    [
      "credentials of somebody unknown",
      "POST",
      "/api/v1/credentials",
      { ...given, provider: "aws" },
      "cloud",
    ],
    ["credentials for no provider", "POST", "/api/v1/credentials", { ...given, provider: "moon" }, "cloud"],
  ])("%s is 501, whatever else is wrong", async (_, method, path, body, slot) => {
    const answer = await bare.operate(path, body === undefined ? { method } : { method, body });
    expect(answer).toMatchObject({ status: 501, json: { code: "not_available" } });
    expect(answer.json["detail"]).toContain(`no ${slot} plugin serves`);
  });

  it("lists no grants", async () => {
    const query = `resource_type=${given.resource_type}&resource_id=${encodeURIComponent(given.resource_id)}`;
    expect((await bare.operate(`/api/v1/sharing?${query}`)).json).toEqual({ grants: [], total: 0 });
    expect((await bare.operate("/api/v1/sharing/received")).json).toEqual({ grants: [], next_cursor: null });
  });
});
