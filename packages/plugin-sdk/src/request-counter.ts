import type { RequestHandler } from "@rat/contracts/unread-rest";

/** Counts the requests in flight, so that a stop can wait for them. */
export class RequestCounter {
  #count = 0;
  #idle = Promise.withResolvers<void>();

  /** Wraps a handler. Calls of the base contract do not count: WatchHealth stays open for as long as it can. */
  counted(handler: RequestHandler): RequestHandler {
    return (request, response) => {
      if (!request.url?.startsWith("/rat.plugin.v1.")) {
        this.#count += 1;
        response.once("close", () => {
          this.#count -= 1;
          if (this.#count === 0) this.#idle.resolve();
        });
      }
      handler(request, response);
    };
  }

  /** Waits until no request is in flight, at most `limitMs`. Answers whether that came about. */
  async idle(limitMs: number): Promise<boolean> {
    if (this.#count === 0) return true;
    this.#idle = Promise.withResolvers();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => late.resolve(), limitMs);
    await Promise.race([this.#idle.promise, late.promise]);
    clearTimeout(timer);
    return this.#count === 0;
  }
}
