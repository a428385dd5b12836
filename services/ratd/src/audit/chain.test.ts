import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { AuditRecord, ChainedRecord } from "./audit-record.ts";
import { chainRecord, hashRecord, hasOwnHash, NO_HASH } from "./chain.ts";
import { SealKey } from "./checkpoint.ts";

const RECORD: AuditRecord = {
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
};
/** Taken from the code that wrote the first logs. */
const HASH = "8b9e257449e4cccc9d1d8a03112504801df2e150eb392958573367b1571ff8da";
const SEAL = "7638fe6f3a4d42ddbd5ac0f34a74c1a33228b28afadbecdecc3a92af4e1bccfa";

test("a record has the hash that it had before, since the hashes of earlier records are stored", () => {
  expect(hashRecord(NO_HASH, RECORD)).toBe(HASH);
});

test("a checkpoint has the seal that it had before", () => {
  const key = new SealKey(createHash("sha256").update("a key").digest());
  const facts = { writer: RECORD.writer, seq: 42, hash: "ab".repeat(32), at: RECORD.at, final: false };
  expect(key.seal({ ...facts, previous: null }).seal).toBe(SEAL);
});

test("a record that somebody changed into what no record can be does not have its hash", () => {
  const record = chainRecord(NO_HASH, RECORD);
  expect(hasOwnHash(record)).toBe(true);
  for (const details of ['{"n":1e999}', '{"text":"\\ud83d"}']) {
    const changed = { ...record, details: JSON.parse(details) as ChainedRecord["details"] };
    expect(hasOwnHash(changed)).toBe(false);
  }
});
