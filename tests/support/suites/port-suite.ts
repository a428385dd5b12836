import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { create, type DescMethodServerStreaming, type DescMethodUnary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SlotName } from "../../../services/ratd/src/config/schema.ts";
import { RatError, type ErrorCode } from "../../../services/ratd/src/errors.ts";
import type { CallContext } from "../../../services/ratd/src/slots/slot.ts";
import { anyMessage } from "../any-message.ts";
import { TROUBLES, type MemoryPlugin, type Trouble } from "../memory-plugin.ts";

/** What a call comes to: an answer, or the code with which it is refused. */
export type Outcome = { readonly answer: unknown } | { readonly refused: ErrorCode };

/** What may befall a call: a plugin in trouble, or a caller who leaves. */
export type Mishap = Trouble | "left";

/** One method of a port: how it is called, and what comes of it. */
export interface PortCall<Port, Answer = unknown> {
  /** What it asks of a plugin. */
  readonly rpc: DescMethodUnary | DescMethodServerStreaming;
  ask(port: Port, context: CallContext): Promise<Answer>;
  /** Fails unless callers may get this answer, whatever the plugin has sent. */
  check(answer: Answer): void;
  /** What comes of a mishap, where it is not what comes of it for any call. */
  readonly mishaps: { readonly empty: Outcome } & Partial<Record<Mishap, Outcome>>;
  /** Replies that break the contract, or stretch it, each with what comes of it. */
  readonly replies?: Readonly<
    Record<string, readonly [reply: Readonly<Record<string, unknown>>, comesTo: Outcome]>
  >;
  /** Its answers go on until somebody ends them, so no limit of time is set. */
  readonly endless?: true;
}

/** The calls of a port, one for each of its methods. */
export type PortCalls<Port> = {
  readonly [Method in keyof Port]: PortCall<Port, AnswerOf<Port[Method]>>;
};

type AnswerOf<Method> = Method extends (...args: never[]) => infer Result
  ? Result extends AsyncIterable<infer Item>
    ? readonly Item[]
    : Awaited<Result>
  : never;

/** A port under test, and the plugin behind it, which an implementation that gets on alone has not. */
export interface PortSubject<Port> {
  readonly port: Port;
  readonly plugin?: MemoryPlugin;
}

/** One implementation of a port. */
export interface Implementation<Port> {
  /** What each of its calls comes to while all is well; without a plugin, always. */
  readonly well: { readonly [Method in keyof Port]: Outcome };
  /** What it makes of a mishap, where other implementations make something else of it. */
  readonly mishaps?: { readonly [Method in keyof Port]?: Partial<Record<Mishap, Outcome>> };
  create(): PortSubject<Port>;
}

/** The same implementation with something wrong about it, for a test that shows that its suite notices. */
export function spoilt<Port>(
  implementation: Implementation<Port>,
  spoil: (port: Port, plugin: MemoryPlugin) => Partial<Port>,
): Implementation<Port> {
  return {
    ...implementation,
    create() {
      const { port, plugin } = implementation.create();
      return plugin === undefined ? { port } : { port: { ...port, ...spoil(port, plugin) }, plugin };
    },
  };
}

/** One promise of a port. */
export interface PortCase {
  readonly name: string;
  /** @throws what an assertion throws when the promise is broken */
  run(): Promise<void>;
}

/** What comes of any call, unless the port says otherwise. */
const MISHAPS: Readonly<Record<Exclude<Mishap, "empty">, Outcome>> = {
  hanging: { refused: "plugin_timeout" },
  failing: { refused: "plugin_error" },
  forbidding: { refused: "permission_denied" },
  full: { refused: "plugin_unavailable" },
  lacking: { refused: "not_available" },
  gone: { refused: "plugin_unavailable" },
  cut: { refused: "plugin_unavailable" },
  odd: { refused: "plugin_error" },
  left: { refused: "plugin_unavailable" },
};

/** The names of the cases that fail. */
export async function broken(cases: readonly PortCase[]): Promise<readonly string[]> {
  const failed = await Promise.all(
    cases.map(({ name, run }) =>
      run().then(
        () => [],
        () => [name],
      ),
    ),
  );
  return failed.flat();
}

/** Makes a test of each case of an implementation. */
export function runCases(name: string, slot: SlotName, cases: readonly PortCase[]): void {
  describe(`${name} as the ${slot} slot`, () => {
    it.each(cases.map(({ name, run }) => [name, run] as const))("%s", async (_, run) => {
      // A case that fails throws by itself.
      expect(await run()).toBeUndefined();
    });
  });
}

/** What every implementation of a port promises, whatever the port is for. */
export function portCases<Port>(
  calls: PortCalls<Port>,
  implementation: Implementation<Port>,
): readonly PortCase[] {
  const all: Readonly<Record<string, PortCall<Port>>> = calls;
  const wells: Readonly<Record<string, Outcome>> = implementation.well;
  const own: Readonly<Record<string, Partial<Record<Mishap, Outcome>> | undefined>> =
    implementation.mishaps ?? {};
  return Object.entries(all).flatMap(([method, call]) => {
    const well = wells[method] ?? expect.fail(`nothing says what ${method} comes to`);
    const mishaps = { ...MISHAPS, ...call.mishaps, ...own[method] };
    const asked: Asked<Port> = { method, call, well, mishaps, create: () => implementation.create() };
    return asked.create().plugin === undefined ? aloneCases(asked) : pluginCases(asked);
  });
}

/** One method of one implementation. */
interface Asked<Port> {
  readonly method: string;
  readonly call: PortCall<Port>;
  readonly well: Outcome;
  readonly mishaps: Readonly<Record<Mishap, Outcome>>;
  create(): PortSubject<Port>;
}

/** What an implementation without a plugin promises: the same, whatever happens. */
function aloneCases<Port>(asked: Asked<Port>): readonly PortCase[] {
  const { method, call, well } = asked;
  const run = async (signal?: AbortSignal) => {
    const { outcome, error } = await settle(() => call.ask(asked.create().port, contextOf(signal)));
    expect(outcome).toEqual(well);
    checkRefusal(error);
  };
  return [
    { name: `${method} ${saying(well)}`, run: () => run() },
    { name: `${method} ${saying(well)} though its caller has left`, run: () => run(AbortSignal.abort()) },
  ];
}

/** What an implementation promises that asks a plugin. */
function pluginCases<Port>(asked: Asked<Port>): readonly PortCase[] {
  const { method, call, well, mishaps } = asked;
  const troubles = TROUBLES.filter((trouble) => trouble !== "hanging" || call.endless === undefined);
  return [
    { name: `${method} ${saying(well)}`, run: () => comesTo(asked, well) },
    ...troubles.map((trouble) => ({
      name: `${method} of a plugin that is ${trouble} ${saying(mishaps[trouble])}`,
      run: () => comesTo(asked, mishaps[trouble], (plugin) => plugin.become(trouble)),
    })),
    ...Object.entries(call.replies ?? {}).map(([what, [reply, outcome]]) => ({
      name: `${method} replied to with ${what} ${saying(outcome)}`,
      run: () =>
        comesTo(asked, outcome, (plugin) =>
          plugin.replies.set(call.rpc.name, [create(call.rpc.output, reply)]),
        ),
    })),
    { name: `${method} lets no reply through that the port does not allow`, run: () => sifts(asked) },
    { name: `${method} carries the request on to the plugin`, run: () => carriesOn(asked) },
    { name: `${method} ends when its caller leaves`, run: () => endsWithCaller(asked) },
    { name: `${method} ends at once when its caller has left before`, run: () => endsAtOnce(asked) },
  ];
}

/** Asks once, of a plugin that was prepared, and compares. */
async function comesTo<Port>(
  asked: Asked<Port>,
  expected: Outcome,
  prepare: (plugin: MemoryPlugin) => void = () => undefined,
): Promise<void> {
  const { port, plugin } = withPlugin(asked);
  prepare(plugin);
  const { outcome, error } = await settle(() => asked.call.ask(port, contextOf()));
  expect(outcome).toEqual(expected);
  checkRefusal(error);
  if (error !== undefined) expect(error.message).toContain(plugin.name);
}

/** A refusal says why, and what may be tried again says when. */
function checkRefusal(error: RatError | undefined): void {
  if (error === undefined) return;
  expect(error.message).not.toBe("");
  if (error.code.endsWith("_unavailable")) expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(1);
}

/** Whatever a plugin replies, it is refused or is an answer that the port allows. */
async function sifts<Port>(asked: Asked<Port>): Promise<void> {
  const { call } = asked;
  const { rpc } = call;
  const { port, plugin } = withPlugin(asked);
  const most = rpc.methodKind === "unary" ? 1 : 4;
  const anyReply = fc.array(anyMessage(rpc.output), { minLength: 1, maxLength: most });
  await fc.assert(
    fc.asyncProperty(anyReply, async (messages) => {
      plugin.replies.set(rpc.name, messages);
      const { outcome } = await settle(() => call.ask(port, contextOf()));
      if ("answer" in outcome) call.check(outcome.answer);
    }),
  );
}

/** The plugin can tell which request a call serves, a repeated change from a second one, and how long it may take. */
async function carriesOn<Port>(asked: Asked<Port>): Promise<void> {
  const { rpc, endless } = asked.call;
  const { port, plugin } = withPlugin(asked);
  await settle(() => asked.call.ask(port, contextOf()));
  const keyed = rpc.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  const header = plugin.calls.findLast((call) => call.rpc === rpc.name)?.header;
  expect(header?.get("x-request-id")).toBe(REQUEST_ID);
  expect(header?.get("traceparent")).toBe(TRACEPARENT);
  expect(header?.get("idempotency-key")).toBe(keyed ? REQUEST_ID : null);
  expect(header?.has("connect-timeout-ms")).toBe(endless === undefined);
}

async function endsWithCaller<Port>(asked: Asked<Port>): Promise<void> {
  const { port, plugin } = withPlugin(asked);
  plugin.become("hanging", LONG_MS);
  const caller = new AbortController();
  const settled = settle(() => asked.call.ask(port, contextOf(caller.signal)));
  await plugin.called();
  caller.abort();
  expect((await settled).outcome).toEqual(asked.mishaps.left);
  for (const { signal } of plugin.calls) expect(signal.reason).toBe(caller.signal.reason);
}

async function endsAtOnce<Port>(asked: Asked<Port>): Promise<void> {
  const { port, plugin } = withPlugin(asked);
  plugin.become("hanging", LONG_MS);
  const { outcome } = await settle(() => asked.call.ask(port, contextOf(AbortSignal.abort())));
  expect(outcome).toEqual(asked.mishaps.left);
}

const REQUEST_ID = "request-1";
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/** A limit that ends no call before its caller does, though it does end one that goes on without its caller. */
const LONG_MS = 2000;
const STAYS = new AbortController().signal;

/** The context of a call, of a caller who stays unless there is another signal. */
export function contextOf(signal: AbortSignal = STAYS): CallContext {
  return { requestId: REQUEST_ID, traceparent: TRACEPARENT, signal };
}

/** Waits for what comes of a call. @throws what was thrown, unless it is a RatError */
export async function settle(
  ask: () => Promise<unknown>,
): Promise<{ readonly outcome: Outcome; readonly error?: RatError }> {
  try {
    return { outcome: { answer: await ask() } };
  } catch (error) {
    if (!(error instanceof RatError)) throw error;
    return { outcome: { refused: error.code }, error };
  }
}

function withPlugin<Port>(asked: Asked<Port>): Required<PortSubject<Port>> {
  const { port, plugin } = asked.create();
  return { port, plugin: plugin ?? expect.fail("there is no plugin behind this port") };
}

function saying(outcome: Outcome): string {
  return "refused" in outcome ? `is refused: ${outcome.refused}` : "answers";
}
