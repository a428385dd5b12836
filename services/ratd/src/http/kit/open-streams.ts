import { RatError } from "../../errors.ts";

/** Seconds after which a client that was one too many may try again. */
const RETRY_AFTER_SECONDS = 5;

/** Something that goes on until it is ended. */
interface OpenStream {
  end(): void;
}

/** What keeps count of streams. */
export interface OpenStreamsOptions {
  /** Streams at a time; those that are open stay when it is lowered. */
  readonly limit: () => number;
  /** What they are, for who is one too many. */
  readonly what: string;
  /** Called with their number when it changes. */
  readonly onChange?: (open: number) => void;
}

/** The streams of one kind that are open. They have no end of their own: a closing app would wait for their clients. */
export class OpenStreams {
  readonly #options: OpenStreamsOptions;
  readonly #streams = new Set<OpenStream>();

  constructor(options: OpenStreamsOptions) {
    this.#options = options;
  }

  /** @throws RatError rate_limited when there is no room for another */
  demandRoom(): void {
    const { size } = this.#streams;
    if (size < this.#options.limit()) return;
    throw new RatError("rate_limited", `${size} ${this.#options.what} are open, the limit of this ratd.`, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  add(stream: OpenStream): void {
    this.#streams.add(stream);
    this.#options.onChange?.(this.#streams.size);
  }

  delete(stream: OpenStream): void {
    this.#streams.delete(stream);
    this.#options.onChange?.(this.#streams.size);
  }

  endAll(): void {
    for (const stream of this.#streams) stream.end();
  }
}
