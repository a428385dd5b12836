import type { Health, Observation } from "./health.ts";

/** What to do after an observation. */
export type Verdict =
  /** The health is as given; it may or may not have changed. */
  | { readonly kind: "settled"; readonly health: Health }
  /** One more check, at once, before the failure counts. */
  | { readonly kind: "confirm" };

/**
 * Turns observations into health. A refusal is definitive; a failure counts once it was confirmed by a second
 * one in a row, and makes the plugin down when `failureThreshold` of them came in a row; one answer ends it.
 */
export class HealthTracker {
  readonly #failureThreshold: number;
  #health: Health;
  #unconfirmed = false;
  #confirmedFailures = 0;

  constructor(failureThreshold: number, now: number) {
    this.#failureThreshold = failureThreshold;
    this.#health = { status: "unknown", message: "not yet checked", since: now, checkedAt: undefined };
  }

  get health(): Health {
    return this.#health;
  }

  observe(observation: Observation, now: number): Verdict {
    switch (observation.kind) {
      case "answer":
        this.#unconfirmed = false;
        this.#confirmedFailures = 0;
        return this.#settle(observation.status, observation.message, now);
      case "refused":
        this.#unconfirmed = false;
        this.#confirmedFailures = this.#failureThreshold;
        return this.#settle("down", observation.message, now);
      case "failed":
        if (!this.#unconfirmed && this.#health.status !== "down") {
          this.#unconfirmed = true;
          return { kind: "confirm" };
        }
        this.#unconfirmed = false;
        this.#confirmedFailures++;
        return this.#confirmedFailures >= this.#failureThreshold
          ? this.#settle("down", observation.message, now)
          : this.#settle(this.#health.status, observation.message, now);
    }
  }

  #settle(status: Health["status"], message: string, now: number): Verdict {
    const since = status === this.#health.status ? this.#health.since : now;
    this.#health = { status, message, since, checkedAt: now };
    return { kind: "settled", health: this.#health };
  }
}
