import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { TSchema } from "typebox";
import type { Calls } from "./calls.ts";
import type { PluginContext } from "./plugin-context.ts";
import { PluginError } from "./plugin-error.ts";
import type { PluginRuntime } from "./plugin-runtime.ts";
import type { Slot } from "./slots/slot-binding.ts";
import { UnaryContext } from "./unary-context.ts";

/** The calls of one running plugin. */
export function createCalls<S extends Slot, T extends TSchema, C>(
  runtime: PluginRuntime<S, T>,
  configOf: () => C,
): Calls<C> {
  const begin = (call: HandlerContext): PluginContext<C> => {
    if (runtime.health.draining) throw new PluginError("unavailable", "the plugin is draining");
    if (runtime.withholds(call.method.localName)) {
      throw new PluginError("unimplemented", `${call.method.name}: not with the configuration in force`);
    }
    return new CallContext(runtime, configOf(), call);
  };
  const wireError = (call: HandlerContext, error: unknown): ConnectError => {
    if (error instanceof ConnectError) return error;
    if (error instanceof PluginError && error.code !== "internal") return error.toWire();
    // The text of an unexpected error may carry secrets: it goes to the log, never to the caller.
    runtime.log.error({ rpc: call.method.name, err: error }, "handler failed");
    return new ConnectError("internal error in the plugin", Code.Internal);
  };
  return {
    async unary(call, body) {
      try {
        const work = body(begin(call));
        return await (call instanceof UnaryContext ? call.whileWanted(work) : withCaller(call.signal, work));
      } catch (error) {
        throw wireError(call, error);
      }
    },
    async *stream(call, body) {
      try {
        const items = body(begin(call))[Symbol.asyncIterator]();
        try {
          for (;;) {
            const item = await withCaller(call.signal, items.next());
            if (item.done === true) return;
            yield item.value;
          }
        } finally {
          // Not awaited: an iterator that waits for something else would keep the stream open.
          void items.return?.().catch(() => undefined);
        }
      } catch (error) {
        throw wireError(call, error);
      }
    },
  };
}

/** The context of one call. The signal is asked for only when the handler asks: to make one costs more than the rest. */
class CallContext<S extends Slot, T extends TSchema, C> implements PluginContext<C> {
  readonly config: C;
  readonly log: PluginContext<C>["log"];
  readonly health: PluginContext<C>["health"];
  readonly now: PluginContext<C>["now"];
  readonly deny = deny;
  readonly #call: HandlerContext;

  constructor({ log, health, now }: PluginRuntime<S, T>, config: C, call: HandlerContext) {
    this.config = config;
    this.log = log;
    this.health = health;
    this.now = now;
    this.#call = call;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}

function deny(message: string): never {
  throw new PluginError("unauthenticated", message);
}

/** Waits for the handler, but no longer than its caller does: a handler may ignore its signal. */
async function withCaller<O>(signal: AbortSignal, work: Promise<O>): Promise<O> {
  const left = Promise.withResolvers<never>();
  const leave = (): void => left.reject(ConnectError.from(signal.reason, Code.Canceled));
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([work, left.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
    left.promise.catch(() => undefined);
    work.catch(() => undefined);
  }
}
