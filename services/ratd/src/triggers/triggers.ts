import type { Access } from "../access/access.ts";
import type { Caller } from "../access/caller.ts";
import type { Principal } from "../access/principal.ts";
import { aboutPipeline } from "../access/question.ts";
import { listReadable, type ReadablePage } from "../access/readable.ts";
import { RatError } from "../errors.ts";
import { pipelineId, type PipelineName } from "../pipeline-id.ts";
import { lockPipeline, type PipelineStore } from "../pipelines/pipeline-store.ts";
import type { PageOfRows, Storage } from "../pipelines/storage.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { SharedKeys } from "../schema/shared-keys.ts";
import { announceFire, type AnnounceDeps } from "./announce.ts";
import { fireTrigger, type Fire } from "./fire.ts";
import { nextTimes } from "./schedule.ts";
import { parseTriggerSetting } from "./trigger-config.ts";
import {
  insertTrigger,
  readTrigger,
  TriggerStore,
  updateTrigger,
  type TriggerFilter,
} from "./trigger-store.ts";
import { ownerOf, type TriggerKind, type TriggerRecord, type TriggerSetting } from "./trigger.ts";
import { readSetting } from "./unreadable.ts";
import { resolveUpstream } from "./upstream.ts";
import { hashToken, newToken, signingSecret, type WebhookSecrets } from "./webhook-secrets.ts";

const ID_BYTES = 12;
/** Name of the shared key behind the signing secrets. */
export const WEBHOOK_KEY = "webhooks";

/** What triggers need. */
export interface TriggersDeps extends AnnounceDeps {
  readonly storage: Storage;
  readonly pipelines: Pick<PipelineStore, "get">;
  readonly access: Pick<Access, "decideAll">;
  readonly keys: SharedKeys;
  readonly randomBytes: (size: number) => Uint8Array;
  /** A text that no other fire by hand has. */
  readonly uniqueName: () => string;
}

/** What a caller says about a trigger; undefined leaves what is there. */
export interface TriggerDraft {
  readonly config: Readonly<Record<string, unknown>>;
  readonly paused: boolean | undefined;
}

/** A trigger with the secrets that are shown this once; undefined for those without. */
export interface MadeTrigger {
  readonly trigger: TriggerRecord;
  readonly secrets: WebhookSecrets | undefined;
}

/** Triggers, as callers see and change them. */
export class Triggers {
  readonly #deps: TriggersDeps;
  readonly #store: TriggerStore;
  readonly #onScheduled = new Set<() => void>();

  constructor(deps: TriggersDeps) {
    this.#deps = deps;
    this.#store = new TriggerStore(deps.storage);
  }

  /** The triggers of pipelines that the caller may read, by id. */
  list(filter: TriggerFilter, page: PageOfRows, caller: Caller): Promise<ReadablePage<TriggerRecord>> {
    return listReadable(this.#deps.access, caller, page, {
      fetch: (wanted) => this.#store.list(filter, wanted),
      about: ({ pipeline }) => aboutPipeline("read", pipeline),
      keysOf: ({ id }) => [id],
    });
  }

  /** The triggers of one pipeline, by id. @throws RatError not_found */
  async listOf(
    pipeline: PipelineName,
    page: PageOfRows,
    caller: Caller,
  ): Promise<ReadablePage<TriggerRecord>> {
    await this.#deps.pipelines.get(pipeline);
    return this.list(triggersOf(pipeline), page, caller);
  }

  /** @throws RatError not_found */
  get(id: string): Promise<TriggerRecord> {
    return this.#store.get(id);
  }

  /** @throws RatError validation_failed, not_found (a pipeline), conflict (a circle) */
  async create(
    pipeline: PipelineName,
    kind: TriggerKind,
    { config, paused = false }: TriggerDraft,
    maker: Principal,
  ): Promise<MadeTrigger> {
    const setting = parseTriggerSetting(kind, config);
    const { storage, randomBytes } = this.#deps;
    await storage.schema.ready();
    const id = `trg_${Buffer.from(randomBytes(ID_BYTES)).toString("hex")}`;
    const token = kind === "webhook" ? newToken(randomBytes) : undefined;
    const secrets = token === undefined ? undefined : await this.#secrets(id, 1, token);
    const trigger = await storage.database.transaction(async (transaction) => {
      const { id: internal } = await lockPipeline(transaction, pipeline);
      await insertTrigger(transaction, {
        id,
        pipeline: internal,
        setting,
        paused,
        ...(await places(transaction, internal, id, setting)),
        tokenHash: token === undefined ? null : hashToken(token),
        ...ownerOf(maker),
      });
      return readTrigger(transaction, id);
    });
    this.#scheduled(kind);
    return { trigger, secrets };
  }

  /** Changes what is given, key by key; null takes a key away. One that cannot be read is given whole. @throws RatError as `create` does */
  async update(id: string, { config, paused }: TriggerDraft, by: Principal): Promise<TriggerRecord> {
    const owner = ownerOf(by);
    const trigger = await this.#store.change(id, async (transaction, before, pipeline) => {
      const merged = Object.entries({ ...(before.readable ? before.setting.config : {}), ...config }).filter(
        ([, value]) => value !== null,
      );
      const setting = parseTriggerSetting(before.setting.kind, Object.fromEntries(merged));
      const place = await places(transaction, pipeline, id, setting);
      await updateTrigger(transaction, id, { setting, paused: paused ?? before.paused, ...place }, owner);
      return readTrigger(transaction, id);
    });
    this.#scheduled(trigger.setting.kind);
    return trigger;
  }

  /** Stops or resumes a trigger. A cron trigger that resumes fires next at the next time from now on. */
  async pause(id: string, paused: boolean): Promise<TriggerRecord> {
    const trigger = await this.#store.change(id, async (transaction, before) => {
      const next =
        before.setting.kind === "cron" && before.paused && !paused
          ? (nextTimes(readSetting("cron", before.setting.config).config, before.now, 1)[0] ?? null)
          : before.nextFireAt;
      await transaction.query(
        "UPDATE triggers SET paused = $2, next_fire_at = $3, updated_at = clock_timestamp() WHERE id = $1",
        [id, paused, next],
      );
      return readTrigger(transaction, id);
    });
    this.#scheduled(trigger.setting.kind);
    return trigger;
  }

  /** @throws RatError not_found */
  remove(id: string): Promise<void> {
    return this.#store.remove(id);
  }

  /** Gives a webhook a new token and a new secret; the old ones end at once. @throws RatError not_found, conflict */
  async rotate(id: string): Promise<MadeTrigger> {
    const token = newToken(this.#deps.randomBytes);
    const { trigger, generation } = await this.#store.change(id, async (transaction, before) => {
      if (before.setting.kind !== "webhook") throw new RatError("conflict", `Trigger ${id} is no webhook.`);
      const [row] = await transaction.query<{ generation: number }>(
        `UPDATE triggers SET token_hash = $2, generation = generation + 1, updated_at = clock_timestamp()
          WHERE id = $1 RETURNING generation`,
        [id, Buffer.from(hashToken(token))],
      );
      return { trigger: await readTrigger(transaction, id), generation: row?.generation ?? 0 };
    });
    return { trigger, secrets: await this.#secrets(id, generation, token) };
  }

  /**
   * Starts a run by hand, also of a paused trigger.
   *
   * @param key makes the same request of the same user find its run again; undefined for one that is not repeated
   * @throws RatError not_found, conflict when no version is published
   */
  async fire(
    id: string,
    key: string | undefined,
    { identity }: Principal,
  ): Promise<Extract<Fire, { run: string }>> {
    const name = key === undefined ? this.#deps.uniqueName() : `${identity.userId} ${key}`;
    const { fire, ...committed } = await this.#store.change(
      id,
      async (transaction, { setting, pipeline }) => ({
        trigger: id,
        kind: setting.kind,
        pipeline,
        fire: await fireTrigger(transaction, id, `hand ${name}`, {}),
      }),
    );
    announceFire(this.#deps, { ...committed, fire });
    if (fire.result !== "nothing") return fire;
    throw new RatError("conflict", `Pipeline ${pipelineId(committed.pipeline)} has ${fire.reason}.`);
  }

  /** Calls `listener` when a cron trigger may be due earlier than it was, until the returned function is called. */
  onScheduled(listener: () => void): () => void {
    this.#onScheduled.add(listener);
    return () => this.#onScheduled.delete(listener);
  }

  #scheduled(kind: TriggerKind): void {
    if (kind === "cron") for (const listener of this.#onScheduled) listener();
  }

  async #secrets(id: string, generation: number, token: string): Promise<WebhookSecrets> {
    return { token, secret: signingSecret(await this.#deps.keys.get(WEBHOOK_KEY), id, generation) };
  }
}

/** The filter of the triggers of one pipeline. */
export function triggersOf({ namespace, layer, name }: PipelineName): TriggerFilter {
  return { namespace, layer, name, kind: undefined, paused: undefined };
}

/** What follows from a setting for the columns that triggers are found by. */
async function places(
  transaction: Queryable,
  pipeline: string,
  trigger: string,
  setting: TriggerSetting,
): Promise<{ readonly nextFireAt: Date | null; readonly upstream: string | null }> {
  if (setting.kind === "upstream") {
    const upstream = await resolveUpstream(transaction, pipeline, setting.config.pipeline, trigger);
    return { nextFireAt: null, upstream };
  }
  if (setting.kind !== "cron") return { nextFireAt: null, upstream: null };
  const [row] = await transaction.query<{ now: Date }>("SELECT clock_timestamp() AS now");
  const nextFireAt = row === undefined ? null : (nextTimes(setting.config, row.now, 1)[0] ?? null);
  return { nextFireAt, upstream: null };
}
