import { Client } from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "../support/postgres.ts";

test("a test database is empty, its own, and gone afterwards", async () => {
  const database = await createTestDatabase();
  const client = new Client({ connectionString: database.connectionString });
  await client.connect();
  const { rows } = await client.query("SELECT current_database() AS name");
  await client.end();
  expect(rows).toEqual([{ name: database.name }]);
  await database[Symbol.asyncDispose]();
  await expect(new Client({ connectionString: database.connectionString }).connect()).rejects.toThrow("does not exist");
});
