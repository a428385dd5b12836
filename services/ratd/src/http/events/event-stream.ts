import type { ServerResponse } from "node:http";
import type { EventBus, EventTopic, RatEvent } from "../../events/event-bus.ts";
import type { Clock } from "../../platform/clock.ts";
import type { EventFilter } from "../../access/event-filter.ts";
import { beginEvents, KEEP_ALIVE_MS } from "../kit/server-sent-events.ts";

/** Bytes that may wait for a slow client; beyond it the stream ends and the client resumes. */
const MAX_WAITING_BYTES = 1_048_576;

/** What a stream needs. */
export interface EventStreamOptions {
  readonly events: EventBus;
  readonly clock: Clock;
  readonly topics: ReadonlySet<EventTopic>;
  /** Headers that the layers have set. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the client may hear of an event. */
  readonly maySee: EventFilter;
}

/** Events that may wait for word on whether the client may hear of them; beyond it the stream ends. */
const MAX_UNDECIDED = 1000;

/** One client of the event stream, over `text/event-stream`. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #options: EventStreamOptions;
  #unsubscribe: () => void = () => undefined;
  #cancelKeepAlive: () => void = () => undefined;
  #ended = false;
  /** The events before the next one: an undecided one holds up those behind it, so that the order stays. */
  #before: Promise<void> | undefined;
  #undecided = 0;

  constructor(response: ServerResponse, options: EventStreamOptions) {
    this.#response = response;
    this.#options = options;
  }

  /** Sends what the client missed since `lastEventId`, then everything new. */
  open(lastEventId: string | undefined): void {
    const { events, headers } = this.#options;
    beginEvents(this.#response, headers);
    if (lastEventId !== undefined) {
      const missed = events.since(lastEventId);
      if (missed === undefined) this.#write(`id: ${events.lastId}\nevent: stream.reset\ndata: {}\n\n`);
      else for (const event of missed) this.#send(event);
    }
    this.#unsubscribe = events.subscribe((event) => this.#send(event));
    this.#keepAlive();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unsubscribe();
    this.#cancelKeepAlive();
    this.#response.end();
  }

  #send(event: RatEvent): void {
    if (!this.#options.topics.has(event.topic)) return;
    const maySee = this.#options.maySee(event);
    if (this.#before === undefined && typeof maySee === "boolean") {
      if (maySee) this.#put(event);
      return;
    }
    if (++this.#undecided > MAX_UNDECIDED) return this.end();
    const turn = (this.#before ?? Promise.resolve()).then(async () => {
      if (await maySee) this.#put(event);
      this.#undecided--;
      if (this.#before === turn) this.#before = undefined;
    });
    this.#before = turn;
  }

  #put(event: RatEvent): void {
    this.#write(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`);
  }

  #keepAlive(): void {
    this.#cancelKeepAlive = this.#options.clock.after(KEEP_ALIVE_MS, () => {
      this.#write(": keep-alive\n\n");
      this.#keepAlive();
    });
  }

  #write(text: string): void {
    if (this.#ended) return;
    this.#response.write(text);
    if (this.#response.writableLength > MAX_WAITING_BYTES) this.end();
  }
}
