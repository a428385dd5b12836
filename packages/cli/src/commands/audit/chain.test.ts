import { expect, test } from "vitest";
import { chainedRecord, hasOwnHash, hashOf, NO_HASH } from "./chain.ts";

const RECORD = {
  writer: "6f9f1c3e-1111-4222-8333-944445555666",
  seq: 42,
  at: "2026-03-04T05:06:07.890Z",
  actor: "zoë@example.com 👩‍🚀",
  auth_mode: "plugin",
  key_id: null,
  action: "pipeline.publish",
  object_type: "pipeline",
  object_id: "sales/gold/orders",
  result: "ok",
  status: 200,
  request_id: "0af7651916cd43dd8448eb211c80319c",
  client: "10.0.0.7",
  details: {
    z: [1, -0, 0.1, 1e21, 1e-7, 123456789012345680000],
    é: { b: null, a: true },
    "10": "ten",
    "9": "nine",
    "\u{1F600}": 1,
    "\uFB33": 2,
    text: 'a "quote" \\ / \u2028',
  },
} as const;

test("a record has the hash that ratd gives it, now as in the first logs", () => {
  expect(hashOf(NO_HASH, RECORD)).toBe("8b9e257449e4cccc9d1d8a03112504801df2e150eb392958573367b1571ff8da");
});

test("what no record can be does not have its hash", () => {
  const record = chainedRecord(NO_HASH, RECORD);
  expect(hasOwnHash(record)).toBe(true);
  const details = JSON.parse('{"n":1e999,"text":"\\ud83d"}') as Record<string, unknown>;
  expect(hasOwnHash({ ...record, details })).toBe(false);
});
