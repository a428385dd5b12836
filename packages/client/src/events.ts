import { readStream, type StreamDeps, type StreamEvent, type StreamOptions } from "./event-stream.ts";

/**
 * One event of ratd. Its `type` is for example `plugin.health.down`; `stream.reset` says that events were missed: read
 * the lists again. Its `data` has `at`, `object` and the facts of the event; hand its `id` to `after` to go on from here.
 */
export type RatEvent = StreamEvent;

/** Which events to read and for how long. */
export interface EventOptions extends StreamOptions {
  /** `slots`, `plugins`, `services`, `pipelines`, `runs`, `audit`; without topics, all that the caller may have. */
  readonly topics?: readonly string[];
}

/** The events of ratd over reconnects. */
export function readEvents(deps: StreamDeps, options: EventOptions = {}): AsyncGenerator<RatEvent> {
  const { topics } = options;
  const query = topics === undefined ? "" : `?topics=${topics.map(encodeURIComponent).join(",")}`;
  return readStream(deps, `/api/v1/events${query}`, options);
}
