import type { App, HttpServices } from "../deps.ts";

/** One layer of the chain. Layers are installed in their order; Fastify keeps that order at run time. */
export interface Layer {
  readonly number: number;
  readonly name: string;
  readonly install: (app: App, deps: HttpServices) => void | Promise<void>;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Open routes end before layer 8: no rate limit, no auth slot. */
    open?: boolean;
    /** The handler itself verifies who calls: layer 9 lets the request pass as anonymous; every other layer holds. */
    ownVerification?: boolean;
  }
}
