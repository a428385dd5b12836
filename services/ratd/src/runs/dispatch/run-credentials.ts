import type { RunsConfig } from "../../config/config.ts";
import { RatError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { CallContext } from "../../slots/slot.ts";
import type { Slots } from "../../slots/slots.ts";
import type { OwnedRun } from "./dispatch-store.ts";

/** Temporary credentials of one attempt. Secret: handed to the executor and kept nowhere. */
export interface RunCredentials {
  readonly values: Readonly<Record<string, string>>;
  /** Milliseconds until they should be renewed; undefined without any. */
  readonly renewInMs: number | undefined;
}

/** What there is without the cloud slot, and for callers whom nobody identified. */
const NONE: RunCredentials = { values: {}, renewInMs: undefined };

/** Credentials are renewed when this share of their life is over. */
const RENEW_AFTER = 0.5;

/** Gets credentials for runs from the cloud slot, cut to their namespace. */
export class CredentialSource {
  readonly #slots: Slots;
  readonly #clock: Clock;
  readonly #config: RunsConfig["credentials"];

  constructor(deps: {
    readonly slots: Slots;
    readonly clock: Clock;
    readonly config: RunsConfig["credentials"];
  }) {
    this.#slots = deps.slots;
    this.#clock = deps.clock;
    this.#config = deps.config;
  }

  /**
   * The credentials of a run; none while no cloud plugin serves.
   *
   * @throws RatError auth_fallback while the auth plugin is away; what the cloud plugin answers
   */
  async get(run: OwnedRun, context: CallContext): Promise<RunCredentials> {
    const slots = this.#slots.current();
    const { auth, cloud } = slots.statuses;
    if (cloud.plugin === undefined || !run.identified) return NONE;
    if (auth.plugin !== undefined && auth.servedBy !== "plugin") {
      throw new RatError(
        "auth_fallback",
        "The auth plugin does not serve, so no credentials are given out.",
        {
          retryAfterSeconds: 5,
        },
      );
    }
    // A built-in that stands in for the plugin has none: the run goes without, as it would with no plugin at all.
    if (cloud.servedBy === "builtin") return NONE;
    const resource = this.#config.resource.replaceAll("{namespace}", run.namespace);
    const who = { userId: run.createdBy, email: "", roles: [] };
    const { values, expiresAt } = await slots
      .use("cloud")
      .getCredentials(this.#config.provider, resource, who, context);
    return { values, renewInMs: Math.max(0, (expiresAt.getTime() - this.#clock.now()) * RENEW_AFTER) };
  }
}
