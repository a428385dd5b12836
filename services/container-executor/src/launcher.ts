import { PluginError } from "@rat/plugin-sdk";
import type { ExecutorConfig } from "./config.ts";
import { CREDENTIALS_FILE, CREDENTIALS_FOLDER, planContainer } from "./container-plan.ts";
import type { DockerEngine } from "./docker-engine.ts";
import { EngineError } from "./engine-error.ts";
import { requireAllowed, type ImageFacts } from "./image-policy.ts";
import { OWNER_LABEL, RUN_LABEL } from "./run-labels.ts";
import { engineNameOf } from "./run-names.ts";
import type { RunOrder } from "./run-order.ts";
import { JOB_FOLDER, jobEntries } from "./sql-job.ts";
import { packTar } from "./tar.ts";
import { prepareWorkspace } from "./workspace.ts";

/** A run that cannot start, for a reason that another attempt would meet again. */
export class LaunchError extends Error {
  override readonly name = "LaunchError";
}

/** Makes and starts the containers of runs. */
export class Launcher {
  readonly #engine: DockerEngine;

  constructor(engine: DockerEngine) {
    this.#engine = engine;
  }

  /**
   * The image of a run, if it may run and is on the engine; undefined when it is to be pulled first.
   *
   * @throws PluginError `permission_denied` when the policy refuses it, LaunchError when it is not there for good,
   *   EngineError.
   */
  async image(order: RunOrder, config: ExecutorConfig): Promise<ImageFacts | undefined> {
    const image = await this.#engine.image(order.image);
    requireAllowed(order.image, image, config);
    if (image !== undefined) return image;
    const byId = order.image.startsWith("sha256:");
    if (config.images.pull === "missing" && !byId) return undefined;
    throw new LaunchError(
      `image ${order.image} is not on the engine: ` +
        (byId ? "load it there" : "pull it there, or set images.pull to missing"),
    );
  }

  /** Fetches the image of a run. @throws LaunchError, PluginError `permission_denied`. */
  async pull(order: RunOrder, config: ExecutorConfig): Promise<ImageFacts> {
    try {
      await this.#engine.pull(order.image);
    } catch (error) {
      throw new LaunchError(`image ${order.image} cannot be pulled: ${EngineError.from(error).message}`, {
        cause: error,
      });
    }
    const image = await this.#engine.image(order.image);
    if (image === undefined)
      throw new LaunchError(`image ${order.image} is not on the engine after its pull`);
    requireAllowed(order.image, image, config);
    return image;
  }

  /**
   * Makes the container of a run and starts it; answers its id. A container of the run that is there already is taken
   * over: it is started if it never was, and never a second time.
   *
   * @throws LaunchError, PluginError, EngineError.
   */
  async launch(order: RunOrder, image: ImageFacts, config: ExecutorConfig): Promise<string> {
    const name = engineNameOf(config.instance, order.runId);
    const labels = { [OWNER_LABEL]: config.instance, [RUN_LABEL]: order.runId };
    const withCredentials = Object.keys(order.credentials).length > 0;
    const [uid, gid] = config.user.split(":");
    const workspace = order.mountWorkspace ? await prepareWorkspace(order.namespace, config) : undefined;
    if (order.network === "bridge") await this.#engine.createNetwork(name, labels);
    // In memory, never on the engine's disk; it exists from the start of the container to its end.
    const memory = `size=256k,uid=${uid},gid=${gid},mode=0700,nosuid,nodev,noexec`;
    if (withCredentials) {
      await this.#engine.createVolume(
        `${name}-credentials`,
        { type: "tmpfs", device: "tmpfs", o: memory },
        labels,
      );
    }
    if (order.job !== undefined) await this.#engine.createVolume(`${name}-job`, {}, labels);
    const plan = planContainer(
      order,
      {
        image,
        workspace,
        network: order.network === "bridge" ? name : undefined,
        credentialsVolume: withCredentials ? `${name}-credentials` : undefined,
        jobVolume: order.job === undefined ? undefined : `${name}-job`,
      },
      config,
    );
    const made = await this.#make(name, plan, order);
    if (made.fresh && order.job !== undefined) {
      await this.#engine.write(made.id, JOB_FOLDER, packTar(jobEntries(order.job, ownerOf(config))));
    }
    if (made.fresh) await this.#start(made.id, config, order);
    if (withCredentials) await this.renew(made.id, order.credentials, config);
    return made.id;
  }

  /** Replaces the credentials file of a run. The variables of its environment stay what they were at its start. */
  async renew(
    id: string,
    credentials: Readonly<Record<string, string>>,
    config: ExecutorConfig,
  ): Promise<void> {
    const content = Buffer.from(JSON.stringify(credentials));
    const file = { path: CREDENTIALS_FILE, content, mode: 0o400, owner: ownerOf(config) };
    try {
      await this.#engine.write(id, CREDENTIALS_FOLDER, packTar([file]));
    } catch (error) {
      // A run that is over needs none.
      if (EngineError.from(error).code === "unreachable") throw error;
    }
  }

  /** Removes everything that the engine holds of a run. What is gone already is no error. */
  async remove(instance: string, runId: string, id: string | undefined, force: boolean): Promise<void> {
    const name = engineNameOf(instance, runId);
    await this.#engine.remove(id ?? name, force);
    await this.#engine.removeVolume(`${name}-credentials`);
    await this.#engine.removeVolume(`${name}-job`);
    await this.#engine.removeNetwork(name);
  }

  async #make(
    name: string,
    plan: ReturnType<typeof planContainer>,
    order: RunOrder,
  ): Promise<{ id: string; fresh: boolean }> {
    try {
      return { id: await this.#engine.create(name, plan), fresh: true };
    } catch (error) {
      const { code, message } = EngineError.from(error);
      if (code === "unreachable") throw error;
      if (code !== "conflict")
        throw new LaunchError(`the engine refuses the container: ${message}`, { cause: error });
    }
    const there = await this.#engine.inspect(name);
    if (there === undefined)
      throw new EngineError("unreachable", "the container of the run is being removed");
    if (there.Config.Labels[RUN_LABEL] !== order.runId) {
      throw new LaunchError(`the container ${name} on the engine belongs to something else: remove it`);
    }
    return { id: there.Id, fresh: there.State.Status === "created" };
  }

  async #start(id: string, config: ExecutorConfig, order: RunOrder): Promise<void> {
    try {
      await this.#engine.start(id);
    } catch (error) {
      const { code, message } = EngineError.from(error);
      if (code === "unreachable") throw error;
      await this.remove(config.instance, order.runId, id, true).catch(() => undefined);
      throw new LaunchError(`cannot start ${JSON.stringify(order.argv[0])} in ${order.image}: ${message}`, {
        cause: error,
      });
    }
  }
}

function ownerOf(config: ExecutorConfig): readonly [number, number] {
  const [uid = "0", gid = "0"] = config.user.split(":");
  return [Number(uid), Number(gid)];
}

/** What a failed launch means to the caller of Submit: an error, or a run that failed. */
export function launchFailureOf(error: unknown): PluginError | LaunchError {
  if (error instanceof LaunchError || error instanceof PluginError) return error;
  const failure = EngineError.from(error);
  if (failure.code !== "unreachable") return new LaunchError(failure.message, { cause: error });
  return new PluginError("unavailable", `the Docker engine does not answer: ${failure.message}`, {
    cause: error,
  });
}
