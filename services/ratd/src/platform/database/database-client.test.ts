import { expect, test } from "vitest";
import { DatabaseClient } from "./database-client.ts";

test("an error that nobody listens for ends nothing", () => {
  const client = new DatabaseClient({ host: "127.0.0.1", port: 1 });
  expect(() =>
    client.emit("error", new Error("terminating connection due to unexpected postmaster exit")),
  ).not.toThrow();
});
