import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { CurrentConfig } from "../config/live-config.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import type { DatabaseConnection } from "../platform/database/open-database.ts";
import type { Logger } from "../platform/logger.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Bulletin } from "../replicas/bulletin.ts";
import type { Schema } from "../schema/schema.ts";
import type { Decision } from "../slots/auth/auth.ts";
import { Access } from "./access.ts";
import { AccessChanges } from "./access-changes.ts";
import { AnswerCache } from "./cache/answer-cache.ts";
import { Freshness } from "./cache/freshness.ts";
import { InvalidationWatch } from "./invalidation-watch.ts";
import { ApiKeys } from "./keys/api-keys.ts";
import { KeyStore } from "./keys/key-store.ts";
import { KeyVerifier } from "./keys/key-verifier.ts";
import { Objects } from "./objects.ts";
import { Owners } from "./owners.ts";
import { Principals, type Verdict } from "./principals.ts";
import { Sharing } from "./sharing.ts";

/** Identities and decisions that are kept at once, each some hundred bytes. */
const KEPT_IDENTITIES = 20_000;
const KEPT_DECISIONS = 100_000;

/** What access needs. */
export interface AccessServicesDeps {
  /** Role permissions and the time for which answers are kept change while ratd runs. */
  readonly live: CurrentConfig;
  readonly connection: DatabaseConnection;
  readonly database: Database;
  readonly bulletin: Bulletin;
  readonly schema: Schema;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Everything about who may do what, as the rest of ratd uses it. */
export interface AccessServices extends AsyncDisposable {
  readonly principals: Principals;
  readonly access: Access;
  readonly keys: ApiKeys;
  readonly keyStore: KeyStore;
  readonly sharing: Sharing;
  /** Follows the enforcement plugin's word on its decisions. */
  readonly watch: InvalidationWatch;
  /** A grant, an owner or a key has changed: forgets here at once, and tells the other replicas. */
  changed(): Promise<void>;
  /** A slot has changed its state, or a new thing may turn a denial into a yes: forgets, here alone. */
  forget(): void;
  /** Calls `listener` whenever earlier decisions may be wrong, until the returned function is called. */
  onForget(listener: () => void): () => void;
  /** Begins to hear of changes elsewhere. */
  start(): void;
}

/** Puts access together. */
export function createAccess(deps: AccessServicesDeps): AccessServices {
  const { live, connection, database, bulletin, schema, metrics, clock, logger } = deps;
  const freshness = new Freshness(clock);
  const counted = (cache: "identity" | "decision") => {
    const hits = metrics.accessCache.labels({ cache, result: "hit" });
    const misses = metrics.accessCache.labels({ cache, result: "miss" });
    return (hit: boolean) => (hit ? hits : misses).inc();
  };
  const fresh = () => freshness.fresh;
  const identities = new AnswerCache<Verdict>({
    clock,
    limit: KEPT_IDENTITIES,
    fresh,
    onLookup: counted("identity"),
  });
  const decisions = new AnswerCache<Decision>({
    clock,
    limit: KEPT_DECISIONS,
    fresh,
    onLookup: counted("decision"),
  });
  const listeners = new Set<() => void>();
  const forget = () => {
    identities.purge();
    decisions.purge();
    for (const listener of listeners) listener();
  };
  const config = () => live.current.access;
  const stopFollowing = live.onChange((after, before) => {
    if (!isDeepStrictEqual(after.access, before.access)) forget();
  });
  const changes = new AccessChanges({
    connection,
    schema,
    clock,
    bulletin,
    source: freshness.source(),
    onChange: forget,
  });
  const keyStore = new KeyStore({ database, schema });
  const verifier = new KeyVerifier({ store: keyStore, clock, logger });
  const changed = () => changes.changed();
  const watch = new InvalidationWatch({ freshness, clock, logger, onChange: forget });
  return {
    principals: new Principals({
      keys: verifier,
      cache: identities,
      config,
      clock,
    }),
    access: new Access({
      objects: new Objects({ database, schema }),
      cache: decisions,
      ttlMs: () => config().cacheTtlMs,
      clock,
    }),
    keys: new ApiKeys({ store: keyStore, randomBytes, now: () => clock.now(), changed }),
    keyStore,
    sharing: new Sharing({ owners: new Owners({ database, schema }), clock, changed }),
    watch,
    changed,
    forget,
    onForget(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: () => changes.start(),
    async [Symbol.asyncDispose]() {
      stopFollowing();
      watch[Symbol.dispose]();
      verifier[Symbol.dispose]();
      await changes[Symbol.asyncDispose]();
    },
  };
}
