import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createContextValues,
  type ContextValues,
  type HandlerContext,
} from "@connectrpc/connect";

/**
 * What an implementation may ask about its call. Nearly none asks, so everything that costs is made when it is first
 * asked for: the abort signal most of all.
 */
export class UnaryContext implements HandlerContext {
  readonly method: DescMethod;
  readonly requestMethod = "POST";
  readonly protocolName = "connect";
  /** The type of an answer that is a message. */
  readonly contentType: string;
  readonly #request: IncomingMessage;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #deadline: number | undefined;
  #controller: AbortController | undefined;
  #abandon: ((error: ConnectError) => void) | undefined;
  #ended: { readonly reason: unknown } | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #values: ContextValues | undefined;

  /** `limitMs` is the time that the caller gave. */
  constructor(
    method: DescMethod,
    request: IncomingMessage,
    contentType: string,
    limitMs: number | undefined,
  ) {
    this.method = method;
    this.contentType = contentType;
    this.#request = request;
    if (limitMs === undefined) return;
    this.#deadline = Date.now() + limitMs;
    this.#timer = setTimeout(expire, limitMs, this);
  }

  get service(): DescService {
    return this.method.parent;
  }

  get url(): string {
    const { headers, socket, url = "" } = this.#request;
    return new URL(url, `${"encrypted" in socket ? "https" : "http"}://${headers.host}`).toString();
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended !== undefined) this.#controller.abort(this.#ended.reason);
    return this.#controller.signal;
  }

  get requestHeader(): Headers {
    return (this.#requestHeader ??= webHeaders(this.#request.headers));
  }

  get responseHeader(): Headers {
    return (this.#responseHeader ??= new Headers({ "content-type": this.contentType }));
  }

  get responseTrailer(): Headers {
    return (this.#responseTrailer ??= new Headers());
  }

  get values(): ContextValues {
    return (this.#values ??= createContextValues());
  }

  /** What the implementation added to its answer; undefined when it did not look. */
  get added(): { readonly header: Headers; readonly trailer: Headers } | undefined {
    if (this.#responseHeader === undefined && this.#responseTrailer === undefined) return undefined;
    return { header: this.responseHeader, trailer: this.responseTrailer };
  }

  timeoutMs = (): number | undefined =>
    this.#deadline === undefined ? undefined : this.#deadline - Date.now();

  /** Waits for the work, but no longer than the caller does: it may ignore its signal. */
  whileWanted<O>(work: Promise<O>): Promise<O> {
    return new Promise((resolve, reject) => {
      if (this.#ended === undefined) this.#abandon = reject;
      else reject(canceled(this.#ended.reason));
      work.then(
        (value) => {
          this.#abandon = undefined;
          resolve(value);
        },
        (reason: unknown) => {
          this.#abandon = undefined;
          reject(reason);
        },
      );
    });
  }

  /** Ends the call: its signal aborts with the reason. What comes after the first time has no effect. */
  end(reason?: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason };
    clearTimeout(this.#timer);
    this.#controller?.abort(reason);
    // Only for work that goes on: to make an error costs as much as the whole call.
    this.#abandon?.(canceled(reason));
  }
}

function canceled(reason: unknown): ConnectError {
  return ConnectError.from(reason, Code.Canceled);
}

function expire(context: UnaryContext): void {
  context.end(new ConnectError("the operation timed out", Code.DeadlineExceeded));
}

function webHeaders(given: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, one);
  }
  return headers;
}
