import { randomUUID } from "node:crypto";

/** The topics that a client can choose from. */
export const EVENT_TOPICS = ["slots", "plugins", "services", "runs", "pipelines", "audit", "config"] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

/** Something that happened. */
export interface RatEvent {
  /** `<boot>-<number>`: unique, and in order within one start of ratd. */
  readonly id: string;
  readonly topic: EventTopic;
  /** For example `plugin.health.down`. */
  readonly type: string;
  /** JSON facts: `at` (RFC 3339), `object` and the facts of the event. Holds no secrets. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Events kept for clients that reconnect. */
const KEPT_EVENTS = 1000;

/** What a reconnecting client missed; undefined when that is no longer known. */
export type Backlog = readonly RatEvent[] | undefined;

/** The events of this process: a bounded memory of them, and those who listen. */
export class EventBus {
  readonly #boot: string;
  readonly #now: () => number;
  readonly #kept: RatEvent[] = [];
  readonly #listeners = new Set<(event: RatEvent) => void>();
  #count = 0;

  constructor(now: () => number = Date.now, boot: string = randomUUID().slice(0, 8)) {
    this.#now = now;
    this.#boot = boot;
  }

  publish(topic: EventTopic, type: string, object: string, facts: Readonly<Record<string, unknown>>): void {
    const id = `${this.#boot}-${++this.#count}`;
    const event: RatEvent = {
      id,
      topic,
      type,
      data: { at: new Date(this.#now()).toISOString(), object, ...facts },
    };
    this.#kept.push(event);
    if (this.#kept.length > KEPT_EVENTS) this.#kept.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** Calls `listener` for each event from now on, until the returned function is called. */
  subscribe(listener: (event: RatEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** The id of the newest event, where a client that starts now would resume. */
  get lastId(): string {
    return `${this.#boot}-${this.#count}`;
  }

  /** The events after `lastEventId`; undefined when it belongs to another start or is no longer kept. */
  since(lastEventId: string): Backlog {
    const match = /^([0-9a-z]+)-(\d{1,15})$/.exec(lastEventId);
    if (match?.[1] !== this.#boot) return undefined;
    const seen = Number(match[2]);
    const oldest = this.#count - this.#kept.length;
    if (seen < oldest || seen > this.#count) return undefined;
    return this.#kept.slice(seen - oldest);
  }
}
