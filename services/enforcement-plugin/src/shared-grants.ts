import { setTimeout as delay } from "node:timers/promises";
import {
  sharingClient,
  type AccessCheck,
  type Grant,
  type LifecycleContext,
  type SharingClient,
} from "@rat/plugin-sdk";
import type { EnforcementConfig } from "./config.ts";
import { keyOf } from "./grant-index.ts";
import { thingsOf, type GrantSource, type HeldGrant } from "./grant-source.ts";

/** The contract does not tell of changes, so a decision must end by itself within the second that ratd promises. */
const MAX_AGE_MS = 900;
const PAGE_SIZE = 1000;
/** Whoever holds more grants than fit on these pages is asked for by thing. */
const MAX_PAGES = 10;
/** Questions for things under way at a time. */
const SIDE_BY_SIDE = 16;
/** Time between two looks whether the sharing plugin answers, milliseconds. */
const LOOK_MS = 2000;

interface Person {
  readonly userId: string;
  readonly roles: readonly string[];
}

/** Asks a sharing plugin for grants, each time anew. */
export async function sharedGrants(
  address: string,
  { config, health, log, now }: LifecycleContext<EnforcementConfig>,
): Promise<GrantSource> {
  const client = sharingClient({ address, timeoutMs: config.sharing_timeout_ms, tls: config.sharing_tls });
  const closed = new AbortController();
  let away = false;
  const look = async (): Promise<void> => {
    try {
      await client.listAccess(
        { resourceType: "namespace", resourceId: "rat-enforcement-probe" },
        closed.signal,
      );
      if (away) log.info("the sharing plugin answers again");
      away = false;
      if (!closed.signal.aborted) health.healthy();
    } catch (error) {
      if (closed.signal.aborted) return;
      if (!away) log.error({ err: error }, "the sharing plugin does not answer");
      away = true;
      health.down(error instanceof Error ? error.message : String(error));
    }
  };
  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      await delay(LOOK_MS, undefined, { signal: closed.signal, ref: false }).catch(() => undefined);
      if (!closed.signal.aborted) await look();
    }
  };
  await look();
  void watch();
  return {
    maxAgeMs: MAX_AGE_MS,
    async read(checks, signal) {
      const grants = (await byPerson(client, checks, signal)) ?? (await byThing(client, checks, signal));
      return grants.flatMap((grant) => heldGrant(grant, now()) ?? []);
    },
    [Symbol.asyncDispose]() {
      closed.abort();
      client[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

/** Undefined when the plugin does not answer by person, or when asking by thing takes fewer questions. */
async function byPerson(
  client: SharingClient,
  checks: readonly AccessCheck[],
  signal: AbortSignal,
): Promise<readonly Grant[] | undefined> {
  const people = peopleOf(checks);
  if (people.length > namedThings(checks).length) return undefined;
  const found: Grant[] = [];
  for (const { userId, roles } of people) {
    let pageToken = "";
    for (let page = 0; ; page++) {
      if (page === MAX_PAGES) return undefined;
      const question = { userId, roles, resourceType: "", pageSize: PAGE_SIZE, pageToken };
      const answer = await client.listGranteeAccess(question, signal);
      if (answer === undefined) return undefined;
      found.push(...answer.grants);
      pageToken = answer.nextPageToken;
      if (pageToken === "") break;
    }
  }
  return found;
}

async function byThing(
  client: SharingClient,
  checks: readonly AccessCheck[],
  signal: AbortSignal,
): Promise<readonly Grant[]> {
  const left = namedThings(checks);
  const found: Grant[] = [];
  const ask = async (): Promise<void> => {
    for (let thing = left.pop(); thing !== undefined; thing = left.pop()) {
      found.push(...(await client.listAccess(thing, signal)));
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, ask));
  return found;
}

function peopleOf(checks: readonly AccessCheck[]): Person[] {
  const people = checks.map(({ userId, roles }): Person => ({
    userId,
    roles: [...new Set(roles)].toSorted(),
  }));
  return [...new Map(people.map((person) => [JSON.stringify(person), person])).values()];
}

/** The things of some checks, each once. A kind as a whole has no grants. */
function namedThings(checks: readonly AccessCheck[]): { resourceType: string; resourceId: string }[] {
  const named = checks.flatMap(thingsOf).filter(({ resourceType, resourceId }) => resourceType && resourceId);
  return [...new Map(named.map((thing) => [keyOf(thing), thing])).values()];
}

/** Undefined for a grant that has ended, whatever the plugin says. */
function heldGrant(grant: Grant, now: Date): HeldGrant | undefined {
  if (grant.revokedAt !== undefined) return undefined;
  if (grant.expiresAt === undefined) return grant;
  const validForMs = grant.expiresAt.getTime() - now.getTime();
  return validForMs > 0 ? { ...grant, validForMs } : undefined;
}
