import { PluginError, type Health, type PluginLog } from "@rat/plugin-sdk";
import type { CloudConfig } from "./config.ts";
import { parseS3Scope, type S3Scope } from "./s3-scope.ts";
import { Sts } from "./sts.ts";

/** Time between two looks at who the plugin is at AWS, milliseconds. */
const LOOK_MS = 60_000;

/** Runs a task later, unless the returned function was called first. */
export type After = (ms: number, task: () => void) => () => void;

/** What belongs to one configuration: the role at STS, and whether it can be reached. */
export class Station implements Disposable {
  readonly sts: Sts;
  /** Scopes must lie in one of these; none means anywhere. */
  readonly allowed: readonly S3Scope[];
  readonly #deps: { readonly health: Health; readonly log: PluginLog; readonly after: After };
  #cancel: () => void = () => undefined;
  #closed = false;

  /** @throws PluginError `invalid_argument` that names the setting. */
  constructor(
    config: CloudConfig,
    deps: { readonly health: Health; readonly log: PluginLog; readonly after: After },
  ) {
    this.allowed = config.allowed_resources.map((resource) => {
      try {
        return parseS3Scope({ resource, access: "write" });
      } catch {
        throw new PluginError(
          "invalid_argument",
          `config.allowed_resources: "${resource}" is no prefix of a bucket`,
        );
      }
    });
    this.sts = new Sts(config);
    this.#deps = deps;
  }

  /** Looks whether AWS knows the plugin, now and from time to time. Never rejects. */
  async look(): Promise<void> {
    const { health, log, after } = this.#deps;
    try {
      await this.sts.probe();
      if (!this.#closed) health.healthy();
    } catch (error) {
      const message = error instanceof PluginError ? error.message : "STS cannot be asked";
      if (this.#closed) return;
      health.down(message);
      log.warn({ reason: message }, "AWS does not know this plugin");
    }
    if (!this.#closed) this.#cancel = after(LOOK_MS, () => void this.look());
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#cancel();
    this.sts[Symbol.dispose]();
  }
}
