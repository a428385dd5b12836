import { createHash } from "node:crypto";
import { PluginError } from "@rat/plugin-sdk";

const FORM = /^1\.(\d{1,18})\.([0-9a-f]{16})$/;

/** Where a list goes on: after the grant of this number. Bound to its question. */
export function pageToken(after: string, question: readonly string[]): string {
  return Buffer.from(`1.${after}.${digest(question)}`).toString("base64url");
}

/**
 * The number after which a page begins; 0 for an empty token.
 *
 * @throws PluginError `invalid_argument` for a token that is none, or that belongs to another question.
 */
export function readPageToken(token: string, question: readonly string[]): string {
  if (token === "") return "0";
  const [, after, of] = FORM.exec(Buffer.from(token, "base64url").toString("latin1")) ?? [];
  if (after === undefined || of !== digest(question)) {
    throw new PluginError("invalid_argument", "page_token: is not one that this question was answered with");
  }
  return after;
}

function digest(question: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(question)).digest("hex").slice(0, 16);
}
