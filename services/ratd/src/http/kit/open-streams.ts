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
  /** As `limit`, of one principal. */
  readonly limitOfOne: () => number;
  /** What they are, for who is one too many. */
  readonly what: string;
  /** Called with their number when it changes. */
  readonly onChange?: (open: number) => void;
}

/** The streams of one kind that are open. They have no end of their own: a closing app would wait for their clients. */
export class OpenStreams {
  readonly #options: OpenStreamsOptions;
  readonly #streams = new Map<OpenStream, string>();
  /** How many each principal has. */
  readonly #counts = new Map<string, number>();

  constructor(options: OpenStreamsOptions) {
    this.#options = options;
  }

  /** @throws RatError rate_limited when there is no room for another, or none for another of this principal */
  demandRoom(principal: string): void {
    const { limit, limitOfOne, what } = this.#options;
    const { size } = this.#streams;
    const own = this.#counts.get(principal) ?? 0;
    if (own >= limitOfOne()) throw tooMany(`You have ${own} ${what} open, the limit for one caller.`);
    if (size >= limit()) throw tooMany(`${size} ${what} are open, the limit of this ratd.`);
  }

  add(stream: OpenStream, principal: string): void {
    this.#streams.set(stream, principal);
    this.#count(principal, 1);
  }

  delete(stream: OpenStream): void {
    const principal = this.#streams.get(stream);
    if (principal !== undefined && this.#streams.delete(stream)) this.#count(principal, -1);
  }

  endAll(): void {
    for (const stream of this.#streams.keys()) stream.end();
  }

  #count(principal: string, change: 1 | -1): void {
    const count = (this.#counts.get(principal) ?? 0) + change;
    if (count === 0) this.#counts.delete(principal);
    else this.#counts.set(principal, count);
    this.#options.onChange?.(this.#streams.size);
  }
}

function tooMany(detail: string): RatError {
  return new RatError("rate_limited", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
