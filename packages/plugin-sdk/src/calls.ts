import type { HandlerContext } from "@connectrpc/connect";
import type { PluginContext } from "./plugin-context.ts";

/** Runs the handlers of a slot: gives them their context, ends them with their caller, words their errors. */
export interface Calls<C> {
  unary<O>(call: HandlerContext, body: (ctx: PluginContext<C>) => Promise<O>): Promise<O>;
  stream<O>(call: HandlerContext, body: (ctx: PluginContext<C>) => AsyncIterable<O>): AsyncIterable<O>;
}
