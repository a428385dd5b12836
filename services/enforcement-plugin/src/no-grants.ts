import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { GrantSource } from "./grant-source.ts";

/** Time between two signs of life, milliseconds. */
const LIFE_MS = 250;

/** The source of an installation without sharing: there are no grants, which changes only with the settings. */
export function noGrants(): GrantSource {
  const closed = new AbortController();
  const revision = `${randomBytes(4).toString("hex")}.none`;
  return {
    read: () => Promise.resolve([]),
    async *revisions(signal) {
      const ends = AbortSignal.any([signal, closed.signal]);
      while (!ends.aborted) {
        yield revision;
        await delay(LIFE_MS, undefined, { signal: ends }).catch(() => undefined);
      }
    },
    [Symbol.asyncDispose]() {
      closed.abort();
      return Promise.resolve();
    },
  };
}
