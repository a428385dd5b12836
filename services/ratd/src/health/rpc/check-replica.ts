import { Code, ConnectError, createClient } from "@connectrpc/connect";
import type { JsonObject } from "@bufbuild/protobuf";
import { PluginService } from "@rat/contracts/plugin";
import { formatHostPort } from "../../platform/host-port.ts";
import { classifyFailure, printable, type Failure } from "../../platform/connection/failure.ts";
import type { Replica } from "../../platform/connection/replica.ts";
import { readStatus, type Observation } from "../health.ts";
import { readDescription, UNDESCRIBED, type PluginDescription } from "./plugin-description.ts";

/** What a check needs to know about the plugin. */
export interface CheckOptions {
  /** Limit for each call, milliseconds. */
  readonly timeoutMs: number;
  /** `config` of rat.yaml; without it Configure is not called. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly signal: AbortSignal;
  /** Called when the plugin was described anew. */
  readonly onDescription: (description: PluginDescription) => void;
}

/**
 * Checks one address: finds the wire that it understands, introduces ratd to a process that it has not met
 * (Describe, Configure), and asks for its health. Only
 * HealthCheck decides: a failing Describe leaves the plugin without a name, no more.
 */
export class ReplicaCheck {
  readonly #replica: Replica;
  readonly #options: CheckOptions;
  /** The generation that was described and configured. */
  #introduced = 0;
  #introducing: Promise<Observation | undefined> | undefined;
  /** False once the plugin has said that it takes no configuration. */
  #takesConfiguration = true;

  constructor(replica: Replica, options: CheckOptions) {
    this.#replica = replica;
    this.#options = options;
  }

  async run(): Promise<Observation> {
    const observation = await this.#ask();
    if (observation.kind !== "answer" || this.#replica.generation === this.#introduced) return observation;
    const refusal = await this.#introduceOnce();
    if (refusal !== undefined) return refusal;
    // The configuration may have changed the plugin's health.
    return this.#options.config === undefined ? observation : this.#ask();
  }

  /**
   * Lets a call wait until the process behind the address has its configuration: a plugin that was restarted
   * would otherwise answer by its defaults. Undefined, with nothing to wait for, in the usual case.
   *
   * @throws ConnectError `unavailable` when the configuration could not be handed over.
   */
  beforeCall(): Promise<void> | undefined {
    if (this.#options.config === undefined || !this.#takesConfiguration) return undefined;
    if (this.#replica.connected && this.#replica.generation === this.#introduced) return undefined;
    return this.#handOver();
  }

  async #handOver(): Promise<void> {
    const observation = await this.run();
    if (observation.kind !== "answer") throw new ConnectError(observation.message, Code.Unavailable);
  }

  #introduceOnce(): Promise<Observation | undefined> {
    this.#introducing ??= this.#introduce().finally(() => {
      this.#introducing = undefined;
    });
    return this.#introducing;
  }

  /** HealthCheck over the first wire that the plugin understands. */
  async #ask(): Promise<Observation> {
    const replica = this.#replica;
    let first: Failure | undefined;
    for (const wire of replica.candidates()) {
      const client = createClient(PluginService, replica.transport(wire));
      for (let attempt = 0; attempt < 2; attempt++) {
        try {
          const { status, message } = await client.healthCheck({}, this.#call());
          replica.remember(wire);
          return readStatus(status, printable(message));
        } catch (reason) {
          const failure = classifyFailure(reason);
          if (failure.kind === "refused" || failure.kind === "timeout" || this.#options.signal.aborted)
            return this.#observe(first ?? failure);
          first ??= failure;
          // A kept-alive connection may have closed just now; a new one tells.
          if (failure.kind !== "closed") break;
        }
      }
    }
    replica.forget();
    return this.#observe(first);
  }

  /** Describe and Configure; an observation when the plugin refuses its configuration. */
  async #introduce(): Promise<Observation | undefined> {
    const client = createClient(PluginService, this.#replica.transport());
    const { config, onDescription } = this.#options;
    const generation = this.#replica.generation;
    const [described, configured] = await Promise.allSettled([
      client.describe({}, this.#call()),
      // YAML without tags is JSON.
      config === undefined ? undefined : client.configure({ config: config as JsonObject }, this.#call()),
    ]);
    onDescription(described.status === "fulfilled" ? readDescription(described.value) : UNDESCRIBED);
    const failure = configured.status === "fulfilled" ? undefined : classifyFailure(configured.reason);
    this.#takesConfiguration = failure === undefined || !isNotServed(failure);
    if (failure === undefined || !this.#takesConfiguration) {
      this.#introduced = generation;
      return undefined;
    }
    if (failure.kind !== "answer") return this.#observe(failure, "Configure failed: ");
    return { kind: "refused", message: `the plugin refuses its configuration: ${failure.message}` };
  }

  #observe(failure: Failure | undefined, prefix = ""): Observation {
    const where = formatHostPort(this.#replica.address);
    if (failure === undefined) return { kind: "failed", message: `no answer from ${where}` };
    const definitive = failure.kind === "refused" || failure.kind === "closed";
    return { kind: definitive ? "refused" : "failed", message: `${prefix}${explain(failure)} (${where})` };
  }

  #call(): { timeoutMs: number; signal: AbortSignal } {
    return { timeoutMs: this.#options.timeoutMs, signal: this.#options.signal };
  }
}

/**
 * Whether the plugin does not serve the RPC: `unimplemented`, or an answer that is not of the protocol at all, as
 * plain HTTP servers give to paths that they do not know.
 */
function isNotServed({ kind, code, message }: Failure): boolean {
  if (kind === "answer") return code === Code.Unimplemented;
  return (kind === "broken" || kind === "malformed") && /^HTTP \d{3}|content.type/i.test(message);
}

function explain({ kind, message }: Failure): string {
  switch (kind) {
    case "refused":
      return /ECONNREFUSED/.test(message) ? "connection refused" : message;
    case "closed":
      return "connection closed";
    case "timeout":
      return "no answer in time";
    case "answer":
    case "broken":
    case "malformed":
    case "oversized":
    case "overloaded":
    case "canceled":
      return message;
  }
}
