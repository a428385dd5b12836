import type { Clock } from "../../platform/clock.ts";
import { BoundedMap } from "./bounded-map.ts";

/** An answer, and how long it may be used again. */
export interface Reusable<Answer> {
  readonly answer: Answer;
  /** Milliseconds; 0 is not at all. */
  readonly maxAgeMs: number;
}

interface Entry<Answer> {
  readonly answer: Answer;
  /** By the monotonic clock. */
  readonly until: number;
}

/** What a cache needs. */
export interface AnswerCacheDeps {
  readonly clock: Pick<Clock, "monotonic">;
  readonly limit: number;
  /** Whether changes made elsewhere would have been heard of by now; while they would not, nothing is reused. */
  readonly fresh: () => boolean;
  readonly onLookup?: (hit: boolean) => void;
}

/**
 * Answers to questions that are asked again and again. Bounded; one question under way serves all who ask it meanwhile;
 * what was asked before a purge and answered after it serves those who had asked, and is not kept.
 */
export class AnswerCache<Answer extends object> {
  readonly #deps: AnswerCacheDeps;
  readonly #entries: BoundedMap<string, Entry<Answer>>;
  #underWay = new Map<string, Promise<Answer>>();
  #generation = 0;

  constructor(deps: AnswerCacheDeps) {
    this.#deps = deps;
    this.#entries = new BoundedMap(deps.limit);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The answer, if it is known: without an await. */
  get(key: string): Answer | undefined {
    const { clock, fresh, onLookup } = this.#deps;
    const entry = this.#entries.get(key);
    const answer =
      entry !== undefined && entry.until > clock.monotonic() && fresh() ? entry.answer : undefined;
    onLookup?.(answer !== undefined);
    return answer;
  }

  /**
   * Asks, or joins those who ask just now. `ask` must not depend on one caller: others wait for it too.
   *
   * @throws what `ask` throws; that is not kept
   */
  ask(key: string, ask: () => Promise<Reusable<Answer>>): Promise<Answer> {
    // While changes may go unheard, a question that somebody asked earlier may be one from before a change.
    const joinable = this.#deps.fresh();
    const underWay = joinable ? this.#underWay.get(key) : undefined;
    if (underWay !== undefined) return underWay;
    const generation = this.#generation;
    const asked = this.#deps.clock.monotonic();
    const flights = this.#underWay;
    const flight = ask().then(
      ({ answer, maxAgeMs }) => {
        flights.delete(key);
        if (generation === this.#generation && joinable && maxAgeMs > 0) {
          this.#entries.set(key, { answer, until: asked + maxAgeMs });
        }
        return answer;
      },
      (reason: unknown) => {
        flights.delete(key);
        throw reason;
      },
    );
    if (joinable) flights.set(key, flight);
    return flight;
  }

  /** Keeps an answer that was got otherwise, for a question asked in `generation`. */
  keep(key: string, { answer, maxAgeMs }: Reusable<Answer>, generation: number): void {
    if (generation !== this.#generation || maxAgeMs <= 0 || !this.#deps.fresh()) return;
    this.#entries.set(key, { answer, until: this.#deps.clock.monotonic() + maxAgeMs });
  }

  /** Rises with each purge. */
  get generation(): number {
    return this.#generation;
  }

  /** Forgets everything, also what is being asked. */
  purge(): void {
    this.#generation++;
    this.#entries.clear();
    this.#underWay = new Map();
  }
}
