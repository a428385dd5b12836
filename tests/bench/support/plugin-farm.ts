import { availableParallelism } from "node:os";
import { PEERS } from "../peers/peers.ts";
import { Helper } from "./helper.ts";

/** Many plugins in a few processes, each on a port of its own. */
export class PluginFarm implements AsyncDisposable {
  readonly ports: readonly number[];
  readonly #helpers: readonly Helper[];

  private constructor(helpers: readonly Helper[], ports: readonly number[]) {
    this.#helpers = helpers;
    this.ports = ports;
  }

  /** `hanging` of them take connections and requests, and never answer. */
  static async start(count: number, hanging = 0): Promise<PluginFarm> {
    // Two processes are enough to keep the plugins from being what is measured; one more would only take cores.
    const processes = availableParallelism() > 2 && count > 1 ? 2 : 1;
    const helpers = await Promise.all(
      Array.from({ length: processes }, (_, index) =>
        Helper.start(PEERS.farm, {
          count: share(count, index, processes),
          hanging: share(hanging, index, processes),
        }),
      ),
    );
    return new PluginFarm(
      helpers,
      helpers.flatMap(({ answer }) => readPorts(answer)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#helpers.map((helper) => helper[Symbol.asyncDispose]()));
  }
}

function share(total: number, index: number, processes: number): number {
  return Math.floor((total + index) / processes);
}

function readPorts(answer: unknown): readonly number[] {
  if (!Array.isArray(answer)) throw new TypeError("the farm named no ports");
  return answer.map(Number);
}
