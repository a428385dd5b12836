import { canonicalJson } from "@rat/artifact";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hashRecord, NO_HASH } from "./chain.ts";
import { composeRecord } from "./compose-record.ts";

const PLACE = { writer: "w", seq: 1, at: "2026-01-01T00:00:00.000Z" };
const ENTRY = { action: "a", result: "ok", actor: "alice", authMode: "plugin" } as const;
const KEY = `rat_0123456789abcdef_${"ab".repeat(32)}`;
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";

test.each([
  KEY,
  KEY.toUpperCase(),
  `Bearer ${JWT}`,
  JWT,
  "Authorization: Bearer s3cr3t-opaque-token",
  "Basic YWxpY2U6aHVudGVyMg==",
  "rat_hook_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
  "AKIAIOSFODNN7EXAMPLE",
  "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----",
  "postgres://ratd:hunter2-password@db/rat",
])("hides %s in every field", (secret) => {
  const inside = `before ${secret} behind`;
  const record = composeRecord(
    {
      ...ENTRY,
      actor: inside,
      objectId: inside,
      client: inside,
      details: { a: { b: [inside] }, [inside]: 1 },
    },
    PLACE,
  );
  const text = JSON.stringify(record);
  for (const part of secret.split(/[\s:@/.]+/)) {
    if (part.length > 11 && !/^(?:Authorization|-----)/.test(part)) expect(text).not.toContain(part);
  }
  expect(record.actor).toContain("before ");
});

test("hides what its name says is secret", () => {
  const details = {
    password: "x1",
    api_key: "x2",
    apiKey: "x3",
    token: ["x4"],
    credentials: { a: "x5" },
    key_id: "shown",
  };
  const { details: clean } = composeRecord({ ...ENTRY, details }, PLACE);
  expect(JSON.stringify(clean)).not.toMatch(/x\d/);
  expect(clean["key_id"]).toBe("shown");
});

test("takes anything, keeps within its bounds, and the database can store it", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.dictionary(fc.string({ unit: "binary" }), fc.anything()),
      (text, details) => {
        const record = composeRecord({ ...ENTRY, actor: text, objectId: text, details }, PLACE);
        const json = JSON.stringify(record);
        expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/i);
        expect(record.actor.length).toBeLessThanOrEqual(512);
        expect(Buffer.byteLength(JSON.stringify(record.details))).toBeLessThanOrEqual(4096);
        // What comes back from JSON has the same hash.
        expect(hashRecord(NO_HASH, JSON.parse(json) as typeof record)).toBe(hashRecord(NO_HASH, record));
      },
    ),
  );
  const long = composeRecord(
    { ...ENTRY, actor: "x".repeat(5000), details: { text: "x", all: Array(90).fill("y".repeat(500)) } },
    PLACE,
  );
  expect(long.actor).toHaveLength(512);
  expect(Object.keys(long.details)).toEqual(["left_out"]);
});

test("the canonical form has sorted keys at every depth", () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: "é\n" })).toBe('{"a":"é\\n","b":[{"c":null,"d":1}]}');
});
