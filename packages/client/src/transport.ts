import { ApiError } from "./api-error.ts";
import { parseProblem } from "./parse-problem.ts";
import { UnexpectedAnswerError } from "./unexpected-answer-error.ts";
import { networkReason, UnreachableError } from "./unreachable-error.ts";

/** What a transport needs to know of its ratd. */
export interface TransportOptions {
  /** Base URL without a trailing slash. */
  readonly address: string;
  readonly token: string | undefined;
  readonly apiKey?: string | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** Limit for one whole request in milliseconds; a stream counts only until its headers. */
  readonly timeoutMs: number;
}

/** One request. */
export interface RawRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** Sent as JSON; undefined sends none. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly content?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** In place of the limit of the transport. */
  readonly timeoutMs?: number;
}

/** One answer, read to its end. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON value, the text when the answer is not JSON, undefined when it is empty. */
  readonly body: unknown;
}

/** Sends requests to one ratd and turns every failure into one of the client's errors. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The answer, whatever its status. */
  async exchange(request: RawRequest): Promise<RawAnswer> {
    const timeoutMs = request.timeoutMs ?? this.#options.timeoutMs;
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.#fetch(request, limit);
      return { status: response.status, headers: response.headers, body: await this.#read(response) };
    } catch (error) {
      throw this.#translate(error, request.signal, limit, timeoutMs);
    }
  }

  /** The answer of a success; throws ApiError for a problem document. */
  async send(request: RawRequest): Promise<RawAnswer> {
    return this.checked(await this.exchange(request));
  }

  /** The response of a success with its body unread. Aborting the signal of the request ends the body. */
  async open(request: RawRequest & { readonly signal: AbortSignal }): Promise<Response> {
    const limit = new AbortController();
    const timer = setTimeout(
      () => limit.abort(new DOMException("timed out", "TimeoutError")),
      this.#options.timeoutMs,
    );
    try {
      const response = await this.#fetch(request, limit.signal);
      if (response.ok) return response;
      const body = await this.#read(response);
      this.checked({ status: response.status, headers: response.headers, body });
      return response;
    } catch (error) {
      throw this.#translate(error, request.signal, limit.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #fetch(request: RawRequest, limit: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = {
      accept: "application/json",
      ...(this.#options.token === undefined ? {} : { authorization: `Bearer ${this.#options.token}` }),
      ...(this.#options.apiKey === undefined ? {} : { "x-api-key": this.#options.apiKey }),
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      ...(request.content === undefined ? {} : { "content-type": "application/octet-stream" }),
      ...request.headers,
    };
    return this.#options.fetch(`${this.#options.address}${request.path}`, {
      method: request.method,
      headers,
      body: request.content ?? (request.body === undefined ? null : JSON.stringify(request.body)),
      signal: request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]),
    });
  }

  async #read(response: Response): Promise<unknown> {
    const text = await response.text();
    if (text === "") return undefined;
    if (!/[/+]json\b/u.test(response.headers.get("content-type") ?? "")) return text;
    try {
      const value: unknown = JSON.parse(text);
      return value;
    } catch {
      throw this.#unexpected(response.status, "answered JSON that does not parse");
    }
  }

  /** `answer` when it is a success; throws ApiError for a problem document. */
  checked(answer: RawAnswer): RawAnswer {
    if (answer.status >= 200 && answer.status < 300) return answer;
    const problem = parseProblem(answer.status, answer.headers, answer.body);
    if (problem !== undefined) throw new ApiError(problem);
    const type = answer.headers.get("content-type") ?? "no content type";
    throw this.#unexpected(answer.status, `answered ${answer.status} with ${type}, not as ratd does`);
  }

  #unexpected(status: number, what: string): UnexpectedAnswerError {
    return new UnexpectedAnswerError(this.#options.address, status, what);
  }

  #translate(
    error: unknown,
    caller: AbortSignal | undefined,
    limit: AbortSignal,
    timeoutMs = this.#options.timeoutMs,
  ): unknown {
    if (error instanceof ApiError || error instanceof UnexpectedAnswerError) return error;
    if (caller?.aborted === true) return caller.reason;
    const { address } = this.#options;
    if (limit.aborted) {
      return new UnreachableError(address, `no answer within ${timeoutMs} ms`, {
        timedOut: true,
        cause: error,
      });
    }
    return new UnreachableError(address, networkReason(error), { cause: error });
  }
}
