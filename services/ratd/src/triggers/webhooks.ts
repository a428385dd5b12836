import { RatError } from "../errors.ts";
import { pipelineId, type PipelineName } from "../pipeline-id.ts";
import type { Storage } from "../pipelines/storage.ts";
import type { Queryable } from "../platform/database/database.ts";
import type { SharedKeys } from "../schema/shared-keys.ts";
import { announceFire, type AnnounceDeps } from "./announce.ts";
import { fireTrigger, type Fire } from "./fire.ts";
import type { WebhookConfig } from "./trigger.ts";
import { WEBHOOK_KEY } from "./triggers.ts";
import { unreadableReason } from "./unreadable.ts";
import { hashToken, sameBytes, sign, signingSecret } from "./webhook-secrets.ts";

const TRIGGER_ID = /^trg_[0-9a-f]{24}$/;
/** Largest body that reaches the run, bytes. */
const MAX_ENV_BYTES = 65_536;
/** How far the time of a signature may be from that of the database, seconds. */
const MAX_AGE_SECONDS = 300;

/** One call of a webhook. */
export interface Delivery {
  /** Empty without one. */
  readonly token: string;
  /** Unix seconds, as they came; empty without. */
  readonly timestamp: string;
  /** `sha256=<hex>`; empty without. */
  readonly signature: string;
  /** What the caller calls this delivery: repeating it starts nothing; undefined without. */
  readonly delivery: string | undefined;
  /** As it came. */
  readonly body: Uint8Array;
}

/** What webhooks need. */
export interface WebhooksDeps extends AnnounceDeps {
  readonly storage: Storage;
  readonly keys: SharedKeys;
  /** A text that no other delivery has. */
  readonly uniqueName: () => string;
}

interface WebhookRow extends PipelineName {
  readonly config: WebhookConfig;
  readonly paused: boolean;
  readonly tokenHash: Uint8Array;
  readonly generation: number;
}

/** Thrown inside a transaction: the signature was used meanwhile. */
class UsedMeanwhile extends Error {}

/** Takes the calls of webhooks. */
export class Webhooks {
  readonly #deps: WebhooksDeps;

  constructor(deps: WebhooksDeps) {
    this.#deps = deps;
  }

  /**
   * Starts the run of a delivery, or finds the one that it had started.
   *
   * @throws RatError unauthenticated, the same for an unknown trigger as for a wrong secret; conflict while the trigger
   *   is paused or nothing is published
   */
  async receive(id: string, delivery: Delivery): Promise<Extract<Fire, { run: string }>> {
    const { storage, keys } = this.#deps;
    await storage.schema.ready();
    const key = await keys.get(WEBHOOK_KEY);
    const [row] = await storage.database.query<WebhookRow & { readonly now: number }>(
      `SELECT extract(epoch FROM clock_timestamp())::float8 AS now, t.config, t.paused, t.token_hash AS "tokenHash",
              t.generation, p.namespace, p.layer, p.name
         FROM (SELECT $1::text AS id) asked
         LEFT JOIN triggers t ON t.id = asked.id AND t.kind = 'webhook'
         LEFT JOIN pipelines p ON p.id = t.pipeline_id`,
      [TRIGGER_ID.test(id) ? id : ""],
    );
    // Of an unknown trigger every column is null; the work and the answer are the same as for a wrong secret.
    const known = row?.tokenHash instanceof Uint8Array ? row : undefined;
    const secret = signingSecret(key, id, known?.generation ?? 0);
    const checks = {
      token: sameBytes(hashToken(delivery.token), known?.tokenHash ?? key),
      hmac: isSigned(secret, delivery, row?.now ?? 0),
    };
    if (known === undefined || !passes(known.config, checks)) {
      throw new RatError("unauthenticated", "The webhook's token or signature is wrong, or it is not there.");
    }
    if (known.paused) throw new RatError("conflict", `Trigger ${id} is paused.`);
    return this.#fire(id, known, delivery);
  }

  async #fire(id: string, trigger: WebhookRow, delivery: Delivery): Promise<Extract<Fire, { run: string }>> {
    const { storage, uniqueName } = this.#deps;
    // What was signed is used once, under whatever name it is delivered: the name is not part of what is signed.
    const signature = trigger.config.verify === "token" ? undefined : delivery.signature;
    const name = delivery.delivery ?? (signature === undefined ? `call ${uniqueName()}` : signature);
    const { namespace, layer, name: pipelineName } = trigger;
    const pipeline = { namespace, layer, name: pipelineName };
    try {
      const fire = await storage.database.transaction(async (transaction) => {
        const used = signature === undefined ? undefined : await useOf(transaction, id, signature);
        if (used !== undefined) return used;
        const fire = await fireTrigger(transaction, id, `delivery ${name}`, envOf(delivery.body));
        if (signature !== undefined && fire.result === "started")
          await use(transaction, id, signature, fire.run);
        return fire;
      });
      announceFire(this.#deps, { trigger: id, kind: "webhook", pipeline, fire });
      if (fire.result !== "nothing") return fire;
      throw new RatError("conflict", `Pipeline ${pipelineId(pipeline)} has ${fire.reason}.`);
    } catch (error) {
      if (error instanceof UsedMeanwhile) return this.#fire(id, trigger, delivery);
      throw error;
    }
  }
}

function passes(config: WebhookConfig, checks: { readonly token: boolean; readonly hmac: boolean }): boolean {
  // What cannot be read lets nobody in.
  if (unreadableReason("webhook", config) !== "") return false;
  const { verify } = config;
  if (verify === "both") return checks.token && checks.hmac;
  return checks[verify];
}

function isSigned(secret: string, { timestamp, signature, body }: Delivery, now: number): boolean {
  const wanted = sign(secret, timestamp, body);
  const fresh = /^[0-9]{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) - now) <= MAX_AGE_SECONDS;
  return sameBytes(Buffer.from(signature), Buffer.from(wanted)) && fresh;
}

/** The run that a signature has started. */
async function useOf(transaction: Queryable, id: string, signature: string): Promise<Fire | undefined> {
  const [row] = await transaction.query<{ run: string }>(
    "SELECT run_id AS run FROM run_requests WHERE caller = $1 AND key = $2",
    [`webhook ${id}`, signature],
  );
  return row === undefined ? undefined : { result: "repeated", run: row.run };
}

/** Notes that a signature was used; kept as long as requests are, far longer than signatures are taken. */
async function use(transaction: Queryable, id: string, signature: string, run: string): Promise<void> {
  const rows = await transaction.query(
    `INSERT INTO run_requests (caller, key, body_hash, run_id) VALUES ($1, $2, ''::bytea, $3)
     ON CONFLICT DO NOTHING RETURNING key`,
    [`webhook ${id}`, signature, run],
  );
  if (rows.length === 0) throw new UsedMeanwhile();
}

/** The body as the run sees it: text of at most 64 KiB that a variable can hold. */
function envOf(body: Uint8Array): Readonly<Record<string, string>> {
  if (body.byteLength === 0 || body.byteLength > MAX_ENV_BYTES || body.includes(0)) return {};
  try {
    return { RAT_WEBHOOK_BODY: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    return {};
  }
}
