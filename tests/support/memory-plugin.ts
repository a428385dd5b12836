import { once } from "node:events";
import { create, type Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createRouterTransport,
  type ConnectRouter,
  type Interceptor,
  type StreamResponse,
  type Transport,
  type UnaryResponse,
} from "@connectrpc/connect";
import type { SlotName } from "../../services/ratd/src/config/schema.ts";
import type { RemotePlugin } from "../../services/ratd/src/slots/slot.ts";

/** What a plugin answers instead of an answer. */
const REFUSALS = {
  /** It breaks at every call. */
  failing: Code.Internal,
  /** It allows nobody to call. */
  forbidding: Code.PermissionDenied,
  /** It has no place for a call. */
  full: Code.ResourceExhausted,
  /** It is of a version that has none of the calls. */
  lacking: Code.Unimplemented,
} as const;

/** What happens to a call before it has reached the plugin, or on its way back. */
const TRANSPORT_FAULTS = {
  /** Nobody listens at its address. */
  gone: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
  /** Its connection closes under the call. */
  cut: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
  /** Something is thrown that is no error. */
  odd: "no error at all",
} as const;

/**
 * What can be the matter with a plugin. One that hangs takes calls and answers none; one that is empty answers with
 * every field at its zero, and with streams without a message.
 */
export const TROUBLES = [
  "hanging",
  "empty",
  "failing",
  "forbidding",
  "full",
  "lacking",
  "gone",
  "cut",
  "odd",
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** How long calls may take, milliseconds, and how long those to a plugin that hangs. */
const LIMIT_MS = 10_000;
const HANGING_LIMIT_MS = 20;

/** A call that reached the plugin. */
export interface TakenCall {
  readonly rpc: string;
  readonly header: Headers;
  /** Aborts when the caller has left, or its time is up. */
  readonly signal: AbortSignal;
}

/** A plugin in memory, behind a transport that encodes and decodes as on a wire. A test decides what is the matter with it. */
export class MemoryPlugin implements RemotePlugin {
  readonly name: string;
  readonly slot: SlotName;
  readonly transport: Transport;
  /** What to answer to an RPC instead of what the routes say, by name; a unary one answers the first. */
  readonly replies = new Map<string, readonly Message[]>();
  readonly calls: TakenCall[] = [];
  #trouble: Trouble | undefined;
  #limitMs = LIMIT_MS;
  #onCall: () => void = () => undefined;

  constructor(slot: SlotName, routes: (router: ConnectRouter) => void, name = `fake-${slot}`) {
    this.name = name;
    this.slot = slot;
    const inner = createRouterTransport(routes, { router: { interceptors: [this.#interceptor] } });
    this.transport = {
      unary: (method, signal, timeoutMs, ...rest) =>
        this.#send(() => inner.unary(method, signal, timeoutMs ?? this.#limitMs, ...rest)),
      stream: (method, signal, timeoutMs, ...rest) =>
        this.#send(() => inner.stream(method, signal, timeoutMs ?? this.#limitMs, ...rest)),
    };
  }

  /** Gets into trouble. `limitMs` is how long a call may take by then, so that no test waits for what never comes. */
  become(trouble: Trouble, limitMs = trouble === "hanging" ? HANGING_LIMIT_MS : LIMIT_MS): void {
    this.#trouble = trouble;
    this.#limitMs = limitMs;
  }

  /** Resolves when the next call has arrived. */
  async called(): Promise<void> {
    await new Promise<void>((resolve) => (this.#onCall = resolve));
  }

  async #send<T>(send: () => Promise<T>): Promise<T> {
    const trouble = this.#trouble;
    if (trouble === "gone" || trouble === "cut" || trouble === "odd") throw TRANSPORT_FAULTS[trouble];
    return send();
  }

  readonly #interceptor: Interceptor = (next) => async (request) => {
    const { method, header, signal } = request;
    this.calls.push({ rpc: method.name, header, signal });
    this.#onCall();
    const trouble = this.#trouble;
    if (trouble === "hanging") {
      if (!signal.aborted) await once(signal, "abort");
      throw signal.reason;
    }
    if (trouble !== undefined && trouble in REFUSALS) {
      throw new ConnectError(`the plugin is ${trouble}`, REFUSALS[trouble as keyof typeof REFUSALS]);
    }
    const response = await next(request);
    const replies = trouble === "empty" ? [] : this.replies.get(method.name);
    return replies === undefined ? response : withReplies(response, replies);
  };
}

/** Puts other messages into a response. */
function withReplies(
  response: UnaryResponse | StreamResponse,
  replies: readonly Message[],
): UnaryResponse | StreamResponse {
  if (!response.stream) return { ...response, message: replies[0] ?? create(response.method.output) };
  async function* messages() {
    yield* replies;
  }
  return { ...response, message: messages() };
}
