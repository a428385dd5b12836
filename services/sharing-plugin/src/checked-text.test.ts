import { expect, test } from "vitest";
import { checkTexts } from "./checked-text.ts";

test.each(["a".repeat(512), "Zoë/日本", "a b'; DROP TABLE shares; --", "%_\\", ""])("takes %j", (text) => {
  expect(() => checkTexts({ grantee_id: text })).not.toThrow();
});

test.each(["a".repeat(513), "a\0b", "a\nb", "a\u007fb", "a\u0085b", "\ud800"])(
  "refuses %j by its field",
  (text) => {
    expect(() => checkTexts({ resource_id: "ok", grantee_id: text })).toThrow(/^grantee_id: must/);
  },
);
